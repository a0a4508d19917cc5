// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"bellwire/link/ice"
)

// maxOfferID is the largest id Jami uses.
const maxOfferID = 1 << 53

// errNotPicked ends the attempts of carriers that the far end did not choose.
var errNotPicked = fmt.Errorf("%w: it chose another way to connect", ErrUnreachable)

// request makes one session with the target: all carriers prepare, one offer goes out, and the
// carriers the answer names finish. A carrier may finish before the answer is here.
func (e *Endpoint) request(ctx context.Context, to Target) (Session, error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()

	attempts, err := e.prepareAll(ctx, to)
	if err != nil {
		return nil, err
	}
	offer := Offer{ID: newOfferID(), Purpose: to.Purpose, Made: time.Now(), Halves: Halves{}}
	for name, attempt := range attempts {
		offer.Halves[name] = attempt.Half()
	}
	answer := &future{done: make(chan struct{})}
	running.Go(func() { answer.resolve(e.exchange(ctx, to, offer)) })
	return firstSession(ctx, cancel, attempts, answer)
}

// prepareAll lets the carriers gather side by side; those that cannot are left out.
func (e *Endpoint) prepareAll(ctx context.Context, to Target) (map[string]Attempt, error) {
	terms := e.terms(Requester, to.Account, to.Key)
	prepared := make([]Attempt, len(e.cfg.Carriers))
	failed := make([]error, len(e.cfg.Carriers))
	var running sync.WaitGroup
	for i, c := range e.cfg.Carriers {
		running.Go(func() { prepared[i], failed[i] = c.Prepare(ctx, terms) })
	}
	running.Wait()
	attempts := map[string]Attempt{}
	for i, c := range e.cfg.Carriers {
		if failed[i] != nil {
			e.cfg.Log.Warn("a carrier cannot be used", "carrier", c.Name(), "error", failed[i])
			continue
		}
		attempts[c.Name()] = prepared[i]
	}
	if len(attempts) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, errors.Join(failed...))
	}
	return attempts, nil
}

// exchange sends the offer and waits for its answer.
func (e *Endpoint) exchange(ctx context.Context, to Target, offer Offer) (Answer, error) {
	limit := to.Patience
	orDefault(&limit, e.cfg.Timeouts.Answer)
	answerCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer, err := e.cfg.Signaller.Offer(answerCtx, to.Key, offer)
	switch {
	case err != nil && ctx.Err() != nil:
		return Answer{}, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return Answer{}, fmt.Errorf("%w: %w within %v", ErrUnreachable, ErrNoAnswer, limit)
	case err != nil:
		return Answer{}, err
	case !to.Key.Equal(answer.From):
		return Answer{}, notAuthenticated(errors.New("another device answered in its place"))
	}
	return answer, nil
}

// firstSession runs the attempts against one another and closes all but the first that succeeds.
func firstSession(ctx context.Context, cancel func(), attempts map[string]Attempt, answer *future) (Session, error) {
	type result struct {
		session Session
		err     error
	}
	results := make(chan result)
	for name, attempt := range attempts {
		go func() {
			session, err := attempt.Connect(ctx, answer.half(name))
			if err != nil {
				_ = attempt.Close()
			}
			results <- result{session, err}
		}()
	}
	var first Session
	var failure error
	for range attempts {
		switch r := <-results; {
		case r.err != nil:
			failure = worse(failure, r.err)
		case first == nil:
			first = r.session
			cancel()
		default:
			_ = r.session.Close()
		}
	}
	if first == nil {
		return nil, failure
	}
	return first, nil
}

// worse picks the error that tells more: a failed proof before a refusal before silence.
func worse(a, b error) error {
	for _, kind := range []error{ErrNotAuthenticated, ErrDeclined} {
		switch {
		case errors.Is(a, kind):
			return a
		case errors.Is(b, kind):
			return b
		}
	}
	if a == nil || errors.Is(a, errNotPicked) {
		return b
	}
	return a
}

// future is an answer that is awaited by several attempts.
type future struct {
	done   chan struct{}
	answer Answer
	err    error
}

func (f *future) resolve(a Answer, err error) {
	f.answer, f.err = a, err
	close(f.done)
}

// half is what the attempt of one carrier waits for.
func (f *future) half(carrier string) Remote {
	return func(ctx context.Context) (ice.Description, error) {
		select {
		case <-f.done:
		case <-ctx.Done():
			return ice.Description{}, ctx.Err()
		}
		if f.err != nil {
			return ice.Description{}, f.err
		}
		half, ok := f.answer.Halves[carrier]
		if !ok {
			return ice.Description{}, errNotPicked
		}
		if err := half.Check(); err != nil {
			return ice.Description{}, fmt.Errorf("%w: its answer makes no sense: %w", ErrUnreachable, err)
		}
		return half, nil
	}
}

// newOfferID returns a random id from 1 to 2^53.
func newOfferID() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint64(b[:])%maxOfferID + 1
}
