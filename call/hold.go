// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"fmt"

	"bellwire/media/sdp"
	"bellwire/sip"
)

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

func (l *Leg) setHold(ctx context.Context, on bool) error {
	l.exchange.Lock()
	defer l.exchange.Unlock()
	offer, err := l.talk.offer(l.direction(on))
	if err != nil {
		return err
	}
	answer, err := l.session.Reinvite(ctx, offer)
	if err != nil {
		l.talk.negotiator.Refused()
		return fmt.Errorf("tell the far end about the hold: %w", err)
	}
	stream, err := l.talk.answered(answer)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.held = on
	l.mu.Unlock()
	return l.start(ctx, stream, l.talk.agreed)
}

// direction is what we want of the sound: a call we hold sends alone, so that music could be heard.
func (l *Leg) direction(held bool) sdp.Direction {
	if held {
		return sdp.SendOnly
	}
	return sdp.SendRecv
}

// reoffered answers a new offer of the far end. An offer that crosses one of ours is refused with
// 491 (RFC 3261 section 14.2); waiting for ours to end would keep both sides waiting.
func (l *Leg) reoffered(e *sip.ReInvite) {
	if !l.exchange.TryLock() {
		e.Reject(491, "Request Pending")
		return
	}
	defer l.exchange.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), exchangeTime)
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
	answer, stream, err := l.talk.answer(e.Offer, wanted)
	if err != nil {
		e.Reject(488, "Not Acceptable Here")
		return err
	}
	if _, err := e.Answer(ctx, answer); err != nil {
		return err
	}
	return l.start(ctx, stream, l.talk.agreed)
}

// offerWhenAsked answers a re-INVITE without offer by ours; the ACK brings the answer. An UPDATE
// without one only refreshes.
func (l *Leg) offerWhenAsked(ctx context.Context, e *sip.ReInvite, wanted sdp.Direction) error {
	if e.Method == "UPDATE" {
		_, err := e.Answer(ctx, nil)
		return err
	}
	offer, err := l.talk.offer(wanted)
	if err != nil {
		e.Reject(500, "Server Internal Error")
		return err
	}
	ack, err := e.Answer(ctx, offer)
	if err != nil {
		l.talk.negotiator.Refused()
		return err
	}
	stream, err := l.talk.answered(ack)
	if err != nil {
		return err
	}
	return l.start(ctx, stream, l.talk.agreed)
}

// notePeerHold reports a change of the far end's hold: it holds while we may not send.
func (l *Leg) notePeerHold() {
	plan := l.talk.agreed.Media[0]
	l.mu.Lock()
	before := l.heldByPeer
	l.heldByPeer = plan.Direction&sdp.SendOnly == 0
	now := l.heldByPeer
	l.mu.Unlock()
	if now != before {
		l.emit(HeldByPeer{On: now})
	}
}
