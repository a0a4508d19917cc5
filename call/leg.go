// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"bellwire/media"
	"bellwire/media/sdp"
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
// Its one goroutine belongs to the SIP session and ends with it.
type Leg struct {
	session *sip.Session
	peer    Party
	path    MediaPath
	setup   Setup
	log     *slog.Logger

	events chan Event
	done   chan struct{}
	end    End // valid once done is closed

	exchange sync.Mutex // one offer and its answer at a time; guards talk
	talk     *talk

	relays sync.WaitGroup // relayDigits

	mu         sync.Mutex // taken after exchange; guards what follows
	media      *media.Session
	final      media.Stats
	since      time.Time // of the answer; zero before
	muted      bool
	held       bool // we hold
	heldByPeer bool
	closed     bool
}

func newLeg(session *sip.Session, peer Party, path MediaPath, terms Terms, log *slog.Logger) *Leg {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	l := &Leg{
		session: session,
		peer:    peer,
		path:    path,
		log:     log.With("call", session.ID()),
		events:  make(chan Event, eventBacklog),
		done:    make(chan struct{}),
		talk:    newTalk(terms, path),
	}
	return l
}

// Peer returns who proved to be at the far end.
func (l *Leg) Peer() Party { return l.peer }

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

// Mute sends silence in place of our sound.
func (l *Leg) Mute(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.muted = on
	l.silence()
}

// silence applies mute and hold to the sound we send: who is held by us hears nothing.
func (l *Leg) silence() {
	if l.media != nil {
		l.media.Mute(l.muted || l.held)
	}
}

// Hangup ends the call politely and returns when the far end has confirmed, or the context ended.
func (l *Leg) Hangup(ctx context.Context) error {
	return l.session.Hangup(ctx, sip.Reason{})
}

// HangupElsewhere ends a call that is not wanted because another device answered too (RFC 3326).
func (l *Leg) HangupElsewhere(ctx context.Context) error {
	return l.session.Hangup(ctx, sip.Reason{Cause: 200, Text: "Call completed elsewhere"})
}

// start connects the path and begins to send and receive, or applies a changed agreement to a
// session that runs.
func (l *Leg) start(ctx context.Context, stream media.Stream, agreed *sdp.Agreement) error {
	if err := l.path.Connect(ctx, agreed); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return sip.ErrSessionEnded
	}
	if l.media != nil {
		l.silence()
		return l.media.Update(stream)
	}
	session, err := media.Start(media.Config{
		Path:   l.path,
		Stream: stream,
		Source: l.setup.Source,
		Sink:   l.setup.Sink,
		SSRC:   l.path.SSRC(),
		Log:    l.log,
	})
	if err != nil {
		return err
	}
	l.media = session
	l.silence()
	l.relays.Go(func() { l.relayDigits(session) })
	return nil
}

// relayDigits hands on the keys of the media session until it is closed.
func (l *Leg) relayDigits(session *media.Session) {
	for d := range session.Digits() {
		l.emit(Digit{Key: d.Key})
	}
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
	default:
		l.log.Warn("an event of the call was dropped because nobody reads them")
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
	l.mu.Lock()
	session := l.media
	answered := !l.since.IsZero()
	l.closed = true
	close(l.events)
	l.mu.Unlock()

	if session != nil {
		session.Close()
		l.relays.Wait()
	} else {
		l.path.Close()
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	if session != nil {
		l.final, l.media = session.Stats(), nil
	}
	if l.end.Reason == HungUp {
		l.end = endOf(e, answered)
	}
}

// endOf maps the end of a session. answered says whether there was a call to hang up.
func endOf(e sip.Ended, answered bool) End {
	end := End{Local: e.Local, Code: e.Code, Err: e.Err}
	switch {
	case e.Err != nil && answered:
		end.Reason = ConnectionLost
	case e.Err != nil:
		end.Reason = Unreachable
	case answered:
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
