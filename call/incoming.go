// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"errors"

	"bellwire/media/sdp"
	"bellwire/sip"
)

// Incoming is a call that waits to be answered. Exactly one of Answer and Reject is called, unless
// Done is closed first because the caller gave up.
type Incoming struct{ leg *Leg }

// NewIncoming makes a call of an INVITE. The line has already decided that the peer may call. It fails
// when the line is closed.
func NewIncoming(session *sip.Session, g Ground) (*Incoming, error) {
	l := newLeg(session, g, newTalk(g.Terms, g.Path))
	if !g.Spawn(l.run) {
		g.Path.Close()
		return nil, errClosed
	}
	return &Incoming{leg: l}, nil
}

// Peer returns who proved to be calling.
func (i *Incoming) Peer() Party { return i.leg.ground.Peer }

// Done is closed when the call is over before it was answered, and when its leg has ended.
func (i *Incoming) Done() <-chan struct{} { return i.leg.done }

// End says why the call went away; it is valid after Done is closed.
func (i *Incoming) End() End { return i.leg.End() }

// Ring tells the caller that somebody is being alerted.
func (i *Incoming) Ring() error { return i.leg.session.Ring() }

// Reject refuses the call: Busy, Declined, NotFound, NotAcceptable or NoAnswer.
func (i *Incoming) Reject(reason Reason) error {
	code, phrase := statusOf(reason)
	return i.leg.session.Reject(code, phrase)
}

// Answer takes the call and returns when sound can flow both ways. Errors are *Error; a call whose
// offer cannot be taken has been refused with 488.
func (i *Incoming) Answer(ctx context.Context, setup Setup) (*Leg, error) {
	l := i.leg
	l.setup = setup
	var err error
	if len(l.session.Offer()) == 0 {
		err = l.answerLate(ctx)
	} else {
		err = l.answerOffer(ctx)
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// answerOffer answers an INVITE that brought an offer. The media come up while the answer travels:
// with ICE the far end needs the answer to connect, and without it no first packet is missed.
func (l *Leg) answerOffer(ctx context.Context) error {
	l.exchange.Lock()
	body, o, err := l.talk.answer(ctx, l.session.Offer(), sdp.SendRecv)
	if err != nil {
		l.exchange.Unlock()
		l.session.Reject(488, "Not Acceptable Here")
		return &Error{Reason: NotAcceptable, Err: err}
	}
	started := make(chan error, 1)
	connect, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { started <- l.start(connect, o) }()
	_, err = l.session.Answer(ctx, body)
	l.exchange.Unlock()
	if err != nil {
		cancel()
		<-started
		return l.unanswered(ctx, err)
	}
	l.answered()
	if err := <-started; err != nil {
		return l.soundless(ctx, err)
	}
	return nil
}

// answerLate answers an INVITE without an offer with ours; the ACK brings the answer (RFC 3264
// section 4).
func (l *Leg) answerLate(ctx context.Context) error {
	l.exchange.Lock()
	offer, err := l.talk.offer(ctx, sdp.SendRecv)
	if err != nil {
		l.exchange.Unlock()
		l.session.Reject(500, "Server Internal Error")
		return &Error{Reason: Failed, Err: err}
	}
	ack, err := l.session.Answer(ctx, offer)
	if err != nil {
		l.exchange.Unlock()
		return l.unanswered(ctx, err)
	}
	l.answered()
	o, err := l.talk.answered(ack)
	l.exchange.Unlock()
	if err == nil {
		err = l.start(ctx, o)
	}
	if err != nil {
		return l.soundless(ctx, err)
	}
	return nil
}

// unanswered explains why our answer came to nothing; either side may have given up meanwhile.
func (l *Leg) unanswered(ctx context.Context, err error) error {
	if errors.Is(err, sip.ErrSessionEnded) {
		return l.over()
	}
	l.drop(sip.Reason{})
	if ctx.Err() != nil {
		return &Error{Reason: Cancelled, Err: context.Cause(ctx)}
	}
	return &Error{Reason: ConnectionLost, Err: err}
}

// statusOf maps a reason to refuse a call to a SIP status (RFC 3261 section 21).
func statusOf(reason Reason) (code int, phrase string) {
	switch reason {
	case Busy:
		return 486, "Busy Here"
	case NotFound:
		return 404, "Not Found"
	case NotAcceptable:
		return 488, "Not Acceptable Here"
	case NotAuthenticated:
		return 403, "Forbidden"
	case NoAnswer, Unreachable:
		return 480, "Temporarily Unavailable"
	}
	return 603, "Decline"
}
