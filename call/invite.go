// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"errors"

	"bellwire/media/sdp"
	"bellwire/sip"
)

// Outgoing is what a line gives to call one device over one flow.
type Outgoing struct {
	Flow    *sip.Flow
	Request sip.Request // addresses and headers; the body is ours
	Ground
}

// Invite calls one device and returns the leg once it has answered. When the context ends first the
// call is cancelled; the far end is told when the cause is ErrElsewhere. Errors are *Error.
func Invite(ctx context.Context, o Outgoing, setup Setup) (*Leg, error) {
	offering := newTalk(o.Terms, o.Path)
	offer, err := offering.offer(ctx, sdp.SendRecv)
	if err != nil {
		o.Path.Close()
		return nil, &Error{Reason: Failed, Err: err}
	}
	in := sip.Invite(o.Request)
	in.ContentType, in.Body = "application/sdp", offer
	session, err := o.Flow.Invite(ctx, in)
	if err != nil {
		o.Path.Close()
		return nil, &Error{Reason: Unreachable, Err: err}
	}
	l := newLeg(session, o.Ground, offering)
	l.setup = setup
	if !o.Spawn(l.run) {
		session.Cancel(sip.Reason{})
		o.Path.Close()
		return nil, &Error{Reason: Unreachable, Err: errClosed}
	}
	setup.progress(Trying)
	if err := l.awaitAnswer(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// awaitAnswer follows the responses to our INVITE to the final one.
func (l *Leg) awaitAnswer(ctx context.Context) error {
	early := false
	for {
		select {
		case <-ctx.Done():
			return l.giveUp(ctx)
		case r, more := <-l.session.Responses():
			switch {
			case !more:
				return l.over()
			case r.Code < 200:
				early = l.provisional(ctx, r, early)
			case r.Code < 300:
				return l.accepted(ctx, r)
			default:
				return l.refused(r)
			}
		}
	}
}

// provisional reports progress and plays early media. It returns whether early media flow.
func (l *Leg) provisional(ctx context.Context, r sip.Response, early bool) bool {
	if r.Code == 180 {
		l.setup.progress(Ringing)
	}
	if len(r.Body) == 0 || early {
		return early
	}
	if err := l.takeAnswer(ctx, r.Body); err != nil {
		l.log.Info("early media cannot be played", "error", err)
		return false
	}
	l.setup.progress(Early)
	return true
}

// accepted finishes a call that was answered; one whose sound cannot be agreed on is hung up.
func (l *Leg) accepted(ctx context.Context, r sip.Response) error {
	l.answered()
	if err := l.takeAnswer(ctx, r.Body); err != nil {
		return l.soundless(ctx, err)
	}
	return nil
}

// takeAnswer settles our offer and brings the media up. An answer that came early is the one that
// counts; the final one repeats it (RFC 6337 section 3.1.1).
func (l *Leg) takeAnswer(ctx context.Context, body []byte) error {
	l.exchange.Lock()
	if l.talk.turns > 0 {
		l.exchange.Unlock()
		return nil
	}
	o, err := l.talk.answered(body)
	l.exchange.Unlock()
	if err != nil {
		return err
	}
	return l.start(ctx, o)
}

func (l *Leg) refused(r sip.Response) error {
	reason := reasonOfStatus(r.Code)
	if r.Local {
		reason = Unreachable
	}
	<-l.done
	return &Error{Reason: reason, Code: r.Code, Err: l.end.Err}
}

// giveUp cancels the call. The sound of before the answer ends at once; the session ends by itself,
// when the far end has confirmed or has kept silent for too long.
func (l *Leg) giveUp(ctx context.Context) error {
	cause := context.Cause(ctx)
	why, reason := sip.Reason{}, Cancelled
	switch {
	case errors.Is(cause, ErrElsewhere):
		why, reason = sip.Reason{Cause: 200, Text: "Call completed elsewhere"}, Elsewhere
	case errors.Is(cause, context.DeadlineExceeded):
		reason = NoAnswer
	}
	l.leave(why) // and not Cancel: the answer may have come this moment
	l.quiet()
	return &Error{Reason: reason, Err: cause}
}

func (s Setup) progress(state State) {
	if s.Progress != nil {
		s.Progress(state)
	}
}
