// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"context"
	"sync"

	"bellwire/identity"
)

// Endpoint makes and accepts links for one device of ours.
type Endpoint struct {
	cfg      Config
	ctx      context.Context // the endpoint's own lifetime
	cancel   context.CancelFunc
	running  sync.WaitGroup
	accepted chan *managed

	mu     sync.Mutex // guards what follows; never held while calling out
	closed bool
	links  map[identity.LongID][]*managed // live ones, oldest first
	open   int                            // how many links there are in all
	dials  map[dialKey]*dial
	door   doorkeeper
}

// New starts an endpoint.
func New(cfg Config) (*Endpoint, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	e := &Endpoint{
		cfg:      cfg,
		ctx:      ctx,
		cancel:   cancel,
		accepted: make(chan *managed, cfg.Limits.Backlog),
		links:    map[identity.LongID][]*managed{},
		dials:    map[dialKey]*dial{},
		door:     newDoorkeeper(cfg.Limits),
	}
	e.running.Go(e.receiveOffers)
	return e, nil
}

// Accept returns the next link that another device started; one that also served a Dial of ours
// comes here as well, and so does one of ours that came too late for its Dial. It fails with [ErrClosed] or the context's error.
func (e *Endpoint) Accept(ctx context.Context) (Link, error) {
	select {
	case m := <-e.accepted:
		return m, nil
	case <-e.ctx.Done():
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Links returns the live links.
func (e *Endpoint) Links() []Link {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []Link
	for _, links := range e.links {
		for _, m := range links {
			all = append(all, m)
		}
	}
	return all
}

// Close ends all links and attempts and returns when everything has ended.
func (e *Endpoint) Close() error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.cancel()
	for _, l := range e.Links() {
		e.running.Go(func() { _ = l.Close() })
	}
	e.running.Wait()
	return nil
}

// start runs f as one of the endpoint's goroutines, unless the endpoint is closed.
func (e *Endpoint) startLocked(f func()) error {
	if e.closed {
		return ErrClosed
	}
	e.running.Go(f)
	return nil
}

// terms are what one attempt of this endpoint has to keep to.
func (e *Endpoint) terms(role Role, account identity.AccountID, key *identity.PublicKey) Terms {
	return Terms{
		Role:     role,
		Device:   e.cfg.Device,
		Expect:   Expectation{Account: account, Key: key, Now: e.cfg.Now},
		Timeouts: e.cfg.Timeouts,
		Log:      e.cfg.Log,
	}
}
