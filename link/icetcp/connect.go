// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"bellwire/link/ice"
)

// Connect finds a connection to the far end, whose half comes from remote, and returns the stream over
// it. Checks of a far end that already knows our half may lead to a connection before remote returns;
// else its failure is that of Connect. How long a connection may take is up to ctx.
func (a *Agent) Connect(ctx context.Context, remote func(context.Context) (ice.Description, error)) (net.Conn, error) {
	if err := a.begin(); err != nil {
		return nil, err
	}
	if err := a.find(ctx, remote); err != nil {
		return nil, err
	}
	<-a.winner.done
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, net.ErrClosed
	}
	a.handed = true
	a.retire()
	s := newStream(a.winner)
	a.log.Debug("connected by ICE over TCP", "local", s.LocalAddr(), "remote", s.RemoteAddr(), "accepted", a.winner.accepted, "relayed", a.winner.relayed)
	return s, nil
}

func (a *Agent) begin() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.closed:
		return net.ErrClosed
	case a.started:
		return errors.New("connect by ICE over TCP: this agent was used before")
	}
	a.started = true
	return nil
}

// find waits until there is a winner.
func (a *Agent) find(ctx context.Context, remote func(context.Context) (ice.Description, error)) error {
	asking, cancel := context.WithCancel(ctx)
	known := make(chan error, 1)
	go func() { known <- a.learn(asking, remote) }()
	learned := false
	defer func() {
		cancel()
		if !learned {
			<-known
		}
	}()
	nominate := time.NewTimer(0)
	defer nominate.Stop()
	for {
		select {
		case <-a.chosen:
			return nil
		case err := <-known:
			learned = true
			if err != nil {
				return err
			}
		case <-a.noted:
		case <-nominate.C:
		case <-a.life.Done():
			return net.ErrClosed
		case <-ctx.Done():
			return fmt.Errorf("connect by ICE over TCP: no connection to the far end was found: %w", ctx.Err())
		}
		nominate.Reset(a.nominate())
	}
}

// learn waits for the far end's half and connects to its addresses.
func (a *Agent) learn(ctx context.Context, remote func(context.Context) (ice.Description, error)) error {
	half, err := remote(ctx)
	if err != nil {
		return err
	}
	if err := half.Check(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over() {
		return nil
	}
	a.remote = secret{half.Ufrag, half.Pwd}
	a.wakeAll()
	for _, r := range a.relays {
		r.Permit(addresses(half.Candidates))
	}
	for i, c := range a.around.Targets(true).Choose(reachable(half.Candidates)) {
		a.running.Go(func() { a.reach(c, i) })
	}
	return nil
}

// addresses are those the far end may come from.
func addresses(candidates []ice.Candidate) (list []netip.Addr) {
	for _, c := range candidates {
		if addr := c.Addr.Addr().Unmap(); !slices.Contains(list, addr) {
			list = append(list, addr)
		}
	}
	return list
}
