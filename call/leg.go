// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"bellwire/media"
	"bellwire/sip"
)

// eventBacklog is how many events wait for a slow reader before further ones are dropped. Only
// digits and holds come here; a person makes a few of them in a minute.
const eventBacklog = 64

// Event is what the far end does during a call: HeldByPeer or Digit.
type Event interface{ event() }

// HeldByPeer tells that the far end holds the call, or took it up again.
type HeldByPeer struct{ On bool }

// Digit is a key the far end pressed: one of 0-9 * # A-D.
type Digit struct{ Key byte }

func (HeldByPeer) event() {}
func (Digit) event()      {}

// End says how a leg ended.
type End struct {
	Reason Reason
	Code   int  // SIP status or Reason cause of the far end; 0 when it sent none
	Local  bool // our side ended it
	Err    error
}

// Leg is one established call, or one that is becoming so. Its methods are safe for concurrent use.
// Its one goroutine belongs to the line and ends with the SIP session: that of a call given up may
// stay for as long as the far end takes to confirm, 64 s at most, and nobody but the line's Close,
// which cuts it short, waits for it.
type Leg struct {
	session *sip.Session
	ground  Ground
	setup   Setup
	log     *slog.Logger

	events chan Event
	done   chan struct{}
	end    End // valid once done is closed

	exchange sync.Mutex // one offer and its answer at a time; guards talk
	talk     *talk

	ctx    context.Context // ends with sound and events
	cancel context.CancelFunc
	works  sync.WaitGroup // what attends to the sound meanwhile

	mu         sync.Mutex // taken after exchange; guards what follows
	media      *media.Session
	turn       int                // of the outcome the media follow
	newest     int                // of the last outcome there was to follow
	overtake   context.CancelFunc // ends the wait for that outcome; nil before the first
	final      media.Stats
	since      time.Time // of the answer; zero before
	muted      bool
	held       bool // we hold
	heldByPeer bool
	closed     bool
	dropping   bool  // nobody read the last event
	lost       error // why we gave the far end up; nil when we did not
}

func newLeg(session *sip.Session, g Ground, t *talk) *Leg {
	if g.Log == nil {
		g.Log = slog.New(slog.DiscardHandler)
	}
	l := &Leg{
		session: session,
		ground:  g,
		log:     g.Log.With("call", session.ID()),
		events:  make(chan Event, eventBacklog),
		done:    make(chan struct{}),
		talk:    t,
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// Peer returns who proved to be at the far end.
func (l *Leg) Peer() Party { return l.ground.Peer }

// Events returns what the far end does, in order; it is closed when the leg ended.
func (l *Leg) Events() <-chan Event { return l.events }

// Done is closed when the leg has ended and its media with it.
func (l *Leg) Done() <-chan struct{} { return l.done }

// End says how the leg ended; it is valid after Done is closed.
func (l *Leg) End() End {
	select {
	case <-l.done:
		return l.end
	default:
		return End{}
	}
}

// Since returns when the call was answered.
func (l *Leg) Since() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since
}

// Stats returns the figures of the sound as they are now, or those of the whole call after its end.
func (l *Leg) Stats() media.Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.media == nil {
		return l.final
	}
	return l.media.Stats()
}

// Hangup ends the call politely and returns when the far end has confirmed, or the context ended.
func (l *Leg) Hangup(ctx context.Context) error {
	return l.session.Hangup(ctx, sip.Reason{})
}

// HangupElsewhere ends a call that is not wanted because another device answered too (RFC 3326).
func (l *Leg) HangupElsewhere(ctx context.Context) error {
	return l.session.Hangup(ctx, sip.Reason{Cause: 200, Text: "Call completed elsewhere"})
}

// drop ends a call without waiting for the far end to confirm; when it returns nothing is played or
// recorded any more.
func (l *Leg) drop(why sip.Reason) {
	l.leave(why)
	<-l.done
}

// leave says goodbye in the words that fit, CANCEL or BYE, and does not wait for an answer.
func (l *Leg) leave(why sip.Reason) {
	at, once := context.WithCancel(context.Background())
	once()
	l.session.Hangup(at, why)
}

// over explains a call whose session has ended.
func (l *Leg) over() error {
	<-l.done
	return &Error{Reason: l.end.Reason, Code: l.end.Code, Err: l.end.Err}
}

// soundless ends an answered call whose sound did not come up, and says why it did not.
func (l *Leg) soundless(ctx context.Context, err error) error {
	select {
	case <-l.session.Done(): // which may be why
		return l.over()
	default:
	}
	l.drop(sip.Reason{Cause: 488, Text: "Not Acceptable Here"})
	if ctx.Err() != nil {
		return &Error{Reason: Cancelled, Err: context.Cause(ctx)}
	}
	return &Error{Reason: NotAcceptable, Err: err}
}

func (l *Leg) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since = time.Now()
}

// emit hands an event to the reader, unless the leg is over.
func (l *Leg) emit(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	select {
	case l.events <- e:
		l.dropping = false
	default:
		if !l.dropping { // the far end makes as many as it likes
			l.log.Warn("events of the call are dropped because nobody reads them")
		}
		l.dropping = true
	}
}

// run follows the session until it ends. It is the leg's goroutine.
func (l *Leg) run() {
	for event := range l.session.Events() {
		switch e := event.(type) {
		case *sip.ReInvite:
			l.reoffered(e)
		case *sip.InDialog:
			l.inDialog(e)
		case sip.Cancelled:
			l.end = End{Reason: endOfCancel(e.Reason), Code: e.Reason.Cause}
		case sip.Ended:
			l.finish(e)
		}
	}
	close(l.done)
}

// finish closes the media and notes why the session ended.
func (l *Leg) finish(e sip.Ended) {
	l.quiet()
	l.mu.Lock()
	lost := l.lost
	l.mu.Unlock()
	switch {
	case l.end.Reason != HungUp: // the caller had given up, and that is why
	case lost != nil && e.Local:
		l.end = End{Reason: ConnectionLost, Err: lost}
	default:
		l.end = endOf(e, !l.session.Outgoing() || !l.Since().IsZero())
	}
}

// endOf maps the end of a session. reached says that both ends had found each other: it was answered,
// or the far end called us. A BYE is told apart by its code and not by our having noticed the answer,
// which may be a moment later.
func endOf(e sip.Ended, reached bool) End {
	end := End{Local: e.Local, Code: e.Code, Err: e.Err}
	switch {
	case e.Err != nil && reached:
		end.Reason = ConnectionLost
	case e.Err != nil:
		end.Reason = Unreachable
	case e.Code == 200:
		end.Reason = HungUp
	default:
		end.Reason = reasonOfStatus(e.Code)
	}
	return end
}

// endOfCancel tells a caller who gave up from one whom another device answered (RFC 3326).
func endOfCancel(why sip.Reason) Reason {
	if why.Cause == 200 {
		return Elsewhere
	}
	return Cancelled
}
