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

// How long the controlling end waits for a better pair than the first: connections on one network come
// up together, and a relay costs for as long as the link lives.
const (
	directGrace = 10 * time.Millisecond
	relayGrace  = 300 * time.Millisecond
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
	a.end(a.winner.relay)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, net.ErrClosed
	}
	a.handed = true
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

// nominate picks a pair when it is time to, and returns when to ask again. Which pairs are good is for
// the controlling end to say (RFC 8445, section 8.1.1).
func (a *Agent) nominate() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.role != ice.Controlling || a.nominee != nil || a.over() {
		return idle
	}
	var best *pair
	first := time.Now()
	for _, p := range a.pairs {
		if !p.valid || p.unwanted {
			continue
		}
		if p.validSince.Before(first) {
			first = p.validSince
		}
		if best == nil || a.better(p, best) {
			best = p
		}
	}
	if best == nil {
		return idle
	}
	grace := directGrace
	if best.relayed {
		grace = relayGrace
	}
	if rest := time.Until(first.Add(grace)); rest > 0 {
		return rest
	}
	a.nominee = best
	best.wake()
	return idle
}

// idle is how long nothing happens by itself.
const idle = time.Hour

// better reports whether p is to be preferred to q. a.mu is held.
func (a *Agent) better(p, q *pair) bool {
	if p.relayed != q.relayed {
		return q.relayed
	}
	return pairPriority(a.role, p.priority, p.peer) > pairPriority(a.role, q.priority, q.peer)
}

// Addresses of the far end are tried one after the other, but without waiting for the one before. One
// that does not answer is tried again, more and more seldom; but not a relay, which lets us in only once
// our half has reached the far end, which takes as long as a look into the DHT.
const (
	stagger    = 10 * time.Millisecond
	relayDelay = 100 * time.Millisecond
	firstAgain = 500 * time.Millisecond
	lastAgain  = 4 * time.Second
)

// reach connects to an address of the far end until a connection shows that it is there.
func (a *Agent) reach(c ice.Candidate, index int) {
	delay, last := time.Duration(index)*stagger, lastAgain
	if c.Type == ice.Relay {
		delay, last = delay+relayDelay, firstAgain
	}
	for again := firstAgain; a.pause(delay); again = min(2*again, last) {
		delay = again
		conn, err := dial(a.life, a.net, c.Addr.String())
		if err != nil {
			a.log.Debug("cannot connect to an address of the far end", "address", c.Addr, "error", err)
			continue
		}
		if a.filter && !slices.Contains(a.around.Hosts, addrPort(conn.LocalAddr()).Addr()) {
			_ = conn.Close()
			return // it is reached through an interface that is not to be used
		}
		tune(conn)
		p := &pair{conn: conn, remote: c.Addr, relayed: c.Type == ice.Relay, priority: priority(ice.Host, ice.Active, 0), peer: c.Priority}
		a.mu.Lock()
		admitted := a.admit(p)
		a.mu.Unlock()
		if !admitted {
			return
		}
		p.run()
		if p.isProven() {
			return
		}
	}
}
