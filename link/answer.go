// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bellwire/identity"
	"bellwire/link/ice"
)

// glareWait is how long an offer waits for our own attempt to the same device, when ours has
// precedence. It is longer than an attempt takes that works, and much shorter than Jami waits for an
// answer.
const glareWait = time.Second

// receiveOffers takes offers as long as the endpoint lives.
func (e *Endpoint) receiveOffers() {
	for {
		in, err := e.cfg.Signaller.Accept(e.ctx)
		if err != nil {
			if e.ctx.Err() == nil {
				e.cfg.Log.Error("no more offers can be received", "error", err)
			}
			return
		}
		if err := e.consider(in); err != nil && e.ctx.Err() == nil {
			e.cfg.Log.Info("offer refused", "device", in.From, "error", err)
		}
	}
}

// consider decides whether an offer is worth an attempt and starts it.
func (e *Endpoint) consider(in Incoming) error {
	carrier, half, err := e.pick(in)
	if err != nil {
		return err
	}
	from := in.From.LongID()
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.roomLocked(Requested); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(e.ctx)
	v := &visit{from: from, stop: stop}
	if err := e.door.admit(v, in.Offer, time.Now()); err != nil {
		stop(nil)
		return err
	}
	return e.startLocked(func() {
		defer stop(nil)
		err := e.answer(ctx, in, carrier, half)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = cause
		}
		if err != nil && e.ctx.Err() == nil {
			e.cfg.Log.Info("a device did not connect after its offer", "device", in.From, "error", err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		e.door.leave(v)
	})
}

// pick returns the first of our carriers that the offer can be answered with.
func (e *Endpoint) pick(in Incoming) (Carrier, ice.Description, error) {
	if in.From == nil || in.From.Equal(e.cfg.Device.Key.Public()) {
		return nil, ice.Description{}, notAuthenticated(errors.New("the offer does not come from another device"))
	}
	var failure error
	for _, c := range e.cfg.Carriers {
		half, ok := in.Offer.Halves[c.Name()]
		if !ok {
			continue
		}
		if failure = half.Check(); failure == nil {
			return c, half, nil
		}
	}
	if failure != nil {
		return nil, ice.Description{}, fmt.Errorf("%w: its offer makes no sense: %w", ErrUnreachable, failure)
	}
	return nil, ice.Description{}, fmt.Errorf("%w: it offers no way to connect that is known here", ErrUnreachable)
}

// answer makes the requested end's attempt.
func (e *Endpoint) answer(ctx context.Context, in Incoming, carrier Carrier, half ice.Description) error {
	if served := e.yield(ctx, in.From.LongID()); served {
		return nil
	}
	terms := e.terms(Requested, identity.AccountID{}, in.From)
	terms.Offered = half
	attempt, err := carrier.Prepare(ctx, terms)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() {
		reply := Answer{Halves: Halves{carrier.Name(): attempt.Half()}}
		if err := in.Answer(ctx, reply); err != nil && ctx.Err() == nil {
			e.cfg.Log.Warn("an answer was not sent", "device", in.From, "error", err)
		}
	})
	session, err := attempt.Connect(ctx, func(context.Context) (ice.Description, error) { return half, nil })
	if err != nil {
		_ = attempt.Close()
		return err
	}
	return e.welcome(session)
}

// yield resolves two devices calling each other at the same moment: the attempt of the one with the
// smaller long id goes ahead. That device waits a moment before it answers, and need not answer at
// all when its own attempt has led to a link.
func (e *Endpoint) yield(ctx context.Context, from identity.LongID) (served bool) {
	own := e.cfg.Device.LongID()
	if string(own[:]) > string(from[:]) {
		return false
	}
	d := e.dialTo(from)
	if d == nil {
		return false
	}
	timer := time.NewTimer(glareWait)
	defer timer.Stop()
	select {
	case <-d.done:
		return d.err == nil
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (e *Endpoint) dialTo(device identity.LongID) *dial {
	e.mu.Lock()
	defer e.mu.Unlock()
	for key, d := range e.dials {
		if key.device == device {
			return d
		}
	}
	return nil
}

// welcome asks whether the proved peer may connect and hands the link to Accept and to those who
// are dialling the same device.
func (e *Endpoint) welcome(session Session) error {
	peer := session.Peer()
	if err := e.cfg.Allow(e.ctx, peer); err != nil {
		_ = session.Refuse()
		return fmt.Errorf("%w: %w", ErrDeclined, err)
	}
	m, err := e.adopt(session, Requested)
	if err != nil {
		return err
	}
	if err := e.present(m); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	key := dialKey{peer.Account, peer.LongID}
	if d := e.dials[key]; d != nil {
		e.settleLocked(key, d, m, nil)
		d.cancel()
	}
	return nil
}

// present gives a link to Accept, or refuses it when too many wait there already.
func (e *Endpoint) present(m *managed) error {
	select {
	case e.accepted <- m:
		return nil
	default:
		_ = m.Refuse()
		return fmt.Errorf("%w: %d links wait to be accepted", ErrBusy, cap(e.accepted))
	}
}
