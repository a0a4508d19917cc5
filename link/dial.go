// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bellwire/identity"
)

// Target is a device to connect to.
type Target struct {
	// Account is the account the device has to belong to.
	Account identity.AccountID
	// Key is the device's public key.
	Key *identity.PublicKey
	// Purpose says in a word why, such as "audioCall"; a hint for the far end.
	Purpose string
	// Patience is how long the device has to answer the offer; zero is Timeouts.Answer. Those who share
	// an attempt wait as long as the first of them does.
	Patience time.Duration
}

// dialKey names what callers of Dial can share.
type dialKey struct {
	account identity.AccountID
	device  identity.LongID
}

// dial is an attempt and those who wait for it.
type dial struct {
	cancel  context.CancelFunc
	waiting int // guarded by Endpoint.mu

	done chan struct{} // closed when link or err is set
	link *managed
	err  error
}

// Dial returns a link to the device: the live one when there is one, else a new one. Calls for the
// same device at the same time share one attempt, and so does a link the device starts meanwhile.
// When Dial returns, the device has proved its identity to us; should it refuse ours, that shows as
// the error of the first Open. Errors: [ErrUnreachable], [ErrNotAuthenticated], [ErrDeclined],
// [ErrBusy], [ErrClosed] or the context's.
func (e *Endpoint) Dial(ctx context.Context, to Target) (Link, error) {
	if err := e.checkTarget(to); err != nil {
		return nil, err
	}
	m, d, err := e.join(to)
	if err != nil {
		return nil, err
	}
	if m == nil {
		if m, err = e.await(ctx, d); err != nil {
			return nil, fmt.Errorf("connect to device %s: %w", to.Key, err)
		}
	}
	return m, nil
}

func (e *Endpoint) checkTarget(to Target) error {
	switch {
	case to.Key == nil || to.Account.IsZero():
		return errors.New("connect to a device: its key and its account have to be known")
	case to.Key.Equal(e.cfg.Device.Key.Public()):
		return errors.New("connect to a device: this is the device itself")
	}
	return nil
}

// join finds a live link to the target, or an attempt under way, or starts one.
func (e *Endpoint) join(to Target) (*managed, *dial, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := dialKey{to.Account, to.Key.LongID()}
	if m := e.liveLocked(key); m != nil {
		return m, nil, nil
	}
	if d := e.dials[key]; d != nil {
		d.waiting++
		return nil, d, nil
	}
	if e.open+len(e.dials) >= e.cfg.Limits.Links {
		return nil, nil, fmt.Errorf("connect to device %s: %w: %d links are open", to.Key, ErrBusy, e.open)
	}
	ctx, cancel := context.WithCancel(e.ctx)
	d := &dial{cancel: cancel, waiting: 1, done: make(chan struct{})}
	if err := e.startLocked(func() { e.runDial(ctx, key, to, d) }); err != nil {
		cancel()
		return nil, nil, err
	}
	e.dials[key] = d
	return nil, d, nil
}

// liveLocked returns the newest live link to the device, which outlives the others when the device
// was restarted.
func (e *Endpoint) liveLocked(key dialKey) *managed {
	links := e.links[key.device]
	for i := len(links) - 1; i >= 0; i-- {
		if m := links[i]; m.Peer().Account == key.account && m.use() {
			return m
		}
	}
	return nil
}

// await waits for the attempt; the last to leave cancels it.
func (e *Endpoint) await(ctx context.Context, d *dial) (*managed, error) {
	select {
	case <-d.done:
	case <-ctx.Done():
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	select {
	case <-d.done:
		return d.link, d.err
	default:
	}
	if d.waiting--; d.waiting == 0 {
		d.cancel()
	}
	return nil, ctx.Err()
}

// runDial makes the attempt and hands its result to those who wait. A link that came too late for them,
// or after one that the far end started, goes to Accept: the far end may use it, so somebody has to
// serve it.
func (e *Endpoint) runDial(ctx context.Context, key dialKey, to Target, d *dial) {
	defer d.cancel()
	session, err := e.request(ctx, to)
	var m *managed
	if err == nil {
		m, err = e.adopt(session, Requester)
	}
	e.mu.Lock()
	surplus := m != nil && (e.dials[key] != d || d.waiting == 0)
	e.settleLocked(key, d, m, err)
	e.mu.Unlock()
	if surplus {
		if err := e.present(m); err != nil {
			e.cfg.Log.Info("a surplus link was closed", "device", to.Key, "error", err)
		}
	}
}

// settleLocked ends an attempt; only the first result counts.
func (e *Endpoint) settleLocked(key dialKey, d *dial, m *managed, err error) {
	if e.dials[key] != d {
		return
	}
	delete(e.dials, key)
	if e.closed && err != nil {
		err = ErrClosed
	}
	d.link, d.err = m, err
	close(d.done)
}
