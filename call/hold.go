// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bellwire/media/sdp"
	"bellwire/sip"
)

// requestPending is the status of an offer that crosses another (RFC 3261 section 14.2).
const requestPending = 491

// Hold stops the sound in both directions; the far end is told (RFC 3264 section 8.4).
func (l *Leg) Hold(ctx context.Context) error { return l.setHold(ctx, true) }

// Resume takes a held call up again.
func (l *Leg) Resume(ctx context.Context) error { return l.setHold(ctx, false) }

// Held reports whether either side holds the call.
func (l *Leg) Held() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held || l.heldByPeer
}

// setHold offers until our offer crosses none of the far end's. The far end's is answered while we wait.
// Who is to be held hears nothing from now on, however long that takes.
func (l *Leg) setHold(ctx context.Context, on bool) (err error) {
	if on && !l.setHolding(true) {
		defer func() {
			if err != nil {
				l.setHolding(false)
			}
		}()
	}
	for {
		err := l.proposeHold(ctx, on)
		var refused *sip.StatusError
		if !errors.As(err, &refused) || refused.Code != requestPending {
			return err
		}
		if err := l.pause(ctx, l.session.GlareWait()); err != nil {
			return err
		}
	}
}

// proposeHold makes one offer and brings its outcome about.
func (l *Leg) proposeHold(ctx context.Context, on bool) error {
	o, err := l.exchangeHold(ctx, on)
	if err != nil {
		return err
	}
	l.setHolding(on)
	return l.start(ctx, o)
}

// setHolding notes whether we hold the call and returns whether we did.
func (l *Leg) setHolding(on bool) (before bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, l.held = l.held, on
	l.silence()
	return before
}

func (l *Leg) exchangeHold(ctx context.Context, on bool) (outcome, error) {
	l.exchange.Lock()
	defer l.exchange.Unlock()
	offer, err := l.talk.offer(ctx, l.direction(on))
	if err != nil {
		return outcome{}, err
	}
	answer, err := l.session.Propose(ctx, offer)
	if err != nil {
		l.talk.negotiator.Refused()
		return outcome{}, fmt.Errorf("tell the far end about the hold: %w", err)
	}
	return l.talk.answered(answer)
}

func (l *Leg) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-l.session.Done():
		return sip.ErrSessionEnded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// direction is what we want of the sound: a call we hold sends alone, so that music could be heard.
func (l *Leg) direction(held bool) sdp.Direction {
	if held {
		return sdp.SendOnly
	}
	return sdp.SendRecv
}

// reoffered answers a new offer of the far end. One that crosses ours does not come here: the session
// refuses it. Whoever is about to make one of ours finds that this one was first, and lets go.
func (l *Leg) reoffered(e *sip.ReInvite) {
	l.exchange.Lock()
	defer l.exchange.Unlock()
	if l.talk.turns == 0 && !l.session.Outgoing() {
		e.Reject(500, "Server Internal Error") // the first one is not answered yet (RFC 3311, section 5.2)
		return
	}
	ctx, cancel := context.WithTimeout(l.ctx, exchangeTime)
	defer cancel()
	if err := l.takeOffer(ctx, e); err != nil {
		l.log.Info("a new offer of the far end was refused", "error", err)
		return
	}
	l.notePeerHold()
}

func (l *Leg) takeOffer(ctx context.Context, e *sip.ReInvite) error {
	l.mu.Lock()
	wanted := l.direction(l.held)
	l.mu.Unlock()
	if len(e.Offer) == 0 {
		return l.offerWhenAsked(ctx, e, wanted)
	}
	answer, o, err := l.talk.answer(ctx, e.Offer, wanted)
	if err != nil {
		e.Reject(488, "Not Acceptable Here")
		return err
	}
	l.follow(o) // before the ACK, since the far end may connect as soon as it has the answer
	_, err = e.Answer(ctx, answer)
	return err
}

// offerWhenAsked answers a re-INVITE without offer by ours; the ACK brings the answer. An UPDATE
// without one only refreshes.
func (l *Leg) offerWhenAsked(ctx context.Context, e *sip.ReInvite, wanted sdp.Direction) error {
	if e.Method == "UPDATE" {
		_, err := e.Answer(ctx, nil)
		return err
	}
	offer, err := l.talk.offer(ctx, wanted)
	if err != nil {
		e.Reject(500, "Server Internal Error")
		return err
	}
	ack, err := e.Answer(ctx, offer)
	if err != nil {
		l.talk.negotiator.Refused()
		return err
	}
	o, err := l.talk.answered(ack)
	if err != nil {
		return err
	}
	l.follow(o)
	return nil
}

// notePeerHold reports a change of the far end's hold.
func (l *Leg) notePeerHold() {
	holds := l.talk.heldByOffer()
	l.mu.Lock()
	before := l.heldByPeer
	l.heldByPeer = holds
	l.mu.Unlock()
	if holds != before {
		l.emit(HeldByPeer{On: holds})
	}
}
