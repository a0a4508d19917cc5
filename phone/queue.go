// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"context"
	"errors"
	"time"

	"bellwire/call"
)

// Pauses between the tries of a text: the first, doubled after each try in vain up to the last, and the
// least there is when a sign of life of the target calls for one more.
const (
	firstPause = time.Minute
	lastPause  = time.Hour
	leastPause = 5 * time.Second
	// tryTime bounds one try; a line takes 40 s for devices that do not answer.
	tryTime = time.Minute
)

// errExpired is why a text is given up.
var errExpired = &call.Error{Reason: call.Unreachable, Err: errors.New("nobody took the text for 7 days")}

// queued is a text in a queue.
type queued struct {
	key   string
	fresh bool // nobody was told yet that it waits
}

// queue sends the texts to one target, in order and one at a time.
type queue struct {
	outbox  *outbox
	address address
	line    call.Line
	texter  call.Texter
	target  string
	news    chan struct{} // full when there is a reason to try now

	items []queued // the next one first; the outbox's mutex guards it
}

// poke asks for a try now.
func (q *queue) poke() {
	select {
	case q.news <- struct{}{}:
	default:
	}
}

// heed forgets reasons to try now: a try follows.
func (q *queue) heed() {
	select {
	case <-q.news:
	default:
	}
}

// run sends until nothing is left or the phone closes.
func (q *queue) run() {
	ctx := q.outbox.phone.ctx
	if people, ok := q.line.(call.Directory); ok {
		stop, err := people.Follow(q.target)
		if err == nil {
			defer stop()
		}
	}
	pause := firstPause
	for {
		item, more := q.next()
		if !more {
			return
		}
		k, err := q.outbox.read(item.key)
		if err != nil {
			q.outbox.phone.log.Error("a text that waits to be sent cannot be read", "error", err)
			q.drop()
			continue
		}
		if k.expired() {
			q.drop()
			q.outbox.settle(item.key, k, TextFailed, errExpired)
			continue
		}
		q.heed()
		err = q.try(ctx, item, k)
		switch {
		case ctx.Err() != nil && err != nil:
			return
		case err == nil:
			q.drop()
			q.outbox.settle(item.key, k, TextDelivered, nil)
			pause = firstPause
		case final(err):
			q.drop()
			q.outbox.settle(item.key, k, TextFailed, err)
		default:
			q.tellWaiting(err)
			if q.rest(ctx, min(pause, time.Until(k.Time.Add(keepTime))+time.Second)) {
				pause = firstPause
			} else {
				pause = min(2*pause, lastPause)
			}
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// next returns the text to send. A queue without any is over.
func (q *queue) next() (item queued, more bool) {
	q.outbox.mu.Lock()
	defer q.outbox.mu.Unlock()
	if len(q.items) == 0 {
		delete(q.outbox.queues, q.address)
		return item, false
	}
	return q.items[0], true
}

// drop takes the first text away: it is settled.
func (q *queue) drop() {
	q.outbox.mu.Lock()
	defer q.outbox.mu.Unlock()
	q.items = q.items[1:]
}

// try sends a text once. One of an earlier run waits for its line to be part of the network, and for
// its turn.
func (q *queue) try(ctx context.Context, item queued, k keptText) error {
	if !item.fresh {
		if err := q.line.Ready(ctx); err != nil {
			return &call.Error{Reason: call.Unreachable, Err: err}
		}
		select {
		case q.outbox.retries <- struct{}{}:
			defer func() { <-q.outbox.retries }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	return q.texter.SendText(ctx, k.Target, call.Text{ID: k.ID, Body: k.Text})
}

// final tells a refusal, or a mistake in the text or its target, from somebody who is not there.
func final(err error) bool {
	var e *call.Error
	if !errors.As(err, &e) {
		return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	}
	switch e.Reason {
	case call.Declined, call.NotFound, call.NotAuthenticated, call.NotAcceptable:
		return true
	}
	return false
}

// tellWaiting says of each text that was written since the last try that it is kept.
func (q *queue) tellWaiting(cause error) {
	q.outbox.mu.Lock()
	var fresh []string
	for i := range q.items {
		if q.items[i].fresh {
			q.items[i].fresh = false
			fresh = append(fresh, q.items[i].key)
		}
	}
	q.outbox.mu.Unlock()
	for _, key := range fresh {
		if k, err := q.outbox.read(key); err == nil {
			q.outbox.phone.events.publish(k.event(TextWaiting, cause))
		}
	}
}

// rest waits for the next try and reports whether a sign of life, or a new text, called for it.
func (q *queue) rest(ctx context.Context, pause time.Duration) (called bool) {
	least := time.After(min(leastPause, pause))
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-ctx.Done():
		return false
	case <-q.news:
	}
	select {
	case <-least:
	case <-ctx.Done():
	}
	return true
}
