// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"math/rand/v2"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// reinvited is how a re-INVITE of ours ended.
type reinvited struct {
	res *sipmsg.Response
	err error
}

// Reinvite sends a new offer in a confirmed session and returns the answer; with an empty body it asks for the
// peer's offer, returns it, and Ack must follow. It waits while another offer is under way; crossing re-INVITEs are
// sorted out as RFC 3261 section 14.1 says. A refusal is a *StatusError and leaves the session as it was. When ctx ends
// first the peer may still accept the offer.
func (s *Session) Reinvite(ctx context.Context, body []byte) (answer []byte, err error) {
	return s.negotiate(ctx, func() (*sipmsg.Response, error) { return s.reinviteOnce(ctx, body, s.whenFree) })
}

// Propose is Reinvite tried once, without waiting for another offer to end. Where it meets one it fails with a
// *StatusError of 491 and is due again after GlareWait, with whatever there is to be offered then.
func (s *Session) Propose(ctx context.Context, body []byte) (answer []byte, err error) {
	res, err := s.reinviteOnce(ctx, body, s.ifFree)
	switch {
	case err != nil:
		return nil, err
	case !res.IsSuccess():
		return nil, &StatusError{res.StatusCode, res.Reason}
	}
	return res.Body(), nil
}

// Update is Reinvite by UPDATE (RFC 3311), possible before the answer too.
func (s *Session) Update(ctx context.Context, body []byte) (answer []byte, err error) {
	return s.negotiate(ctx, func() (*sipmsg.Response, error) { return s.updateOnce(ctx, body) })
}

// negotiate tries until the offer has met another no more.
func (s *Session) negotiate(ctx context.Context, try func() (*sipmsg.Response, error)) ([]byte, error) {
	for {
		res, err := try()
		switch {
		case err != nil:
			return nil, err
		case res.IsSuccess():
			return res.Body(), nil
		case res.StatusCode != 491:
			return nil, &StatusError{res.StatusCode, res.Reason}
		}
		timer := time.NewTimer(s.GlareWait())
		select {
		case <-timer.C:
		case <-s.ended:
			err = ErrSessionEnded
		case <-ctx.Done():
			err = ctx.Err()
		}
		timer.Stop()
		if err != nil {
			return nil, err
		}
	}
}

// GlareWait is how long to wait after 491: who made the Call-ID waits longer (RFC 3261 section 14.1).
func (s *Session) GlareWait() time.Duration {
	if s.outgoing {
		return 2100*time.Millisecond + rand.N(time.Duration(191))*10*time.Millisecond
	}
	return rand.N(time.Duration(201)) * 10 * time.Millisecond
}

// reinviteOnce sends one re-INVITE at the time that when says and waits for its final response.
func (s *Session) reinviteOnce(ctx context.Context, body []byte, when func(context.Context, func() error) error) (*sipmsg.Response, error) {
	result := make(chan reinvited, 1)
	err := when(ctx, func() error {
		if s.phase != confirmed {
			return s.stateError()
		}
		o := s.dialog.request(sipmsg.INVITE)
		o.contact, o.contentType, o.body = s.contact, sdpType, body
		req := s.flow.build(o)
		tx, err := s.flow.start(req)
		if err != nil {
			return err
		}
		s.invite = &clientInvite{tx: tx, req: req, seq: o.cseq, offered: len(body) > 0, result: result}
		return nil
	})
	if err != nil {
		return nil, err
	}
	select {
	case r := <-result:
		return r.res, r.err
	case <-s.ended:
		select { // the response may be what ended it
		case r := <-result:
			return r.res, r.err
		default:
			return nil, ErrSessionEnded
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// onReinviteSuccess acknowledges the answer to a re-INVITE.
func (s *Session) onReinviteSuccess(res *sipmsg.Response) {
	inv := s.invite
	s.dropInvite()
	s.dialog.refresh(res)
	if inv.offered {
		s.ack(s.dialog, inv.seq, nil)
	} else {
		s.heldACK = &heldACK{s.dialog, inv.seq}
		if s.phase == over {
			s.heldACK = nil
			s.ack(s.dialog, inv.seq, nil)
		}
	}
	inv.result <- reinvited{res: res}
	s.settle()
}

// updateOnce sends one UPDATE and waits for its final response.
func (s *Session) updateOnce(ctx context.Context, body []byte) (*sipmsg.Response, error) {
	if err := s.whenFree(ctx, func() error { s.update = true; return nil }); err != nil {
		return nil, err
	}
	defer s.post(func() {
		s.update = false
		s.settle()
	})
	res, err := s.exchange(ctx, sipmsg.UPDATE, sdpType, body)
	if err == nil && res.IsSuccess() {
		s.post(func() {
			if d := s.dialogWith(tagOf(res.To().Params)); d != nil {
				d.refresh(res)
			}
		})
	}
	return res, err
}

// whenFree runs fn in the loop as soon as no offer is under way in either direction.
func (s *Session) whenFree(ctx context.Context, fn func() error) error {
	for {
		var busy <-chan struct{}
		err := s.do(func() error {
			if s.phase != over && s.negotiating() {
				busy = s.settled
				return nil
			}
			return fn()
		})
		if err != nil || busy == nil {
			return err
		}
		select {
		case <-busy:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ifFree runs fn in the loop unless an offer is under way.
func (s *Session) ifFree(_ context.Context, fn func() error) error {
	return s.do(func() error {
		if s.phase != over && s.negotiating() {
			return &StatusError{491, phrases[491]}
		}
		return fn()
	})
}

// negotiating reports whether an offer is under way after the session was confirmed.
func (s *Session) negotiating() bool {
	return s.phase == confirmed && s.invite != nil || s.answer != nil || s.heldACK != nil || s.reoffer != nil || s.update
}
