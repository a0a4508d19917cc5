// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"

	sipmsg "github.com/emiago/sipgo/sip"
)

// ReInvite is a new offer of the peer in a confirmed session, by re-INVITE or UPDATE. Answer or Reject it.
type ReInvite struct {
	Method string // "INVITE" or "UPDATE"
	Offer  []byte // empty when a re-INVITE asks for our offer

	session *Session
	dialog  *dialog
	tx      *serverTx
}

func (*ReInvite) event() {}

// onReoffer passes a new offer to the user, unless one is under way already (RFC 3261 section 14.2, RFC 3311 section
// 5.2). An UPDATE without offer asks nothing of the user.
func (s *Session) onReoffer(t *serverTx, d *dialog) {
	in := t.in
	method, offer := in.req.Method, in.req.Body()
	switch {
	case method == sipmsg.UPDATE && len(offer) == 0:
		d.refresh(in.req)
		_ = t.respond(200, "", s.dialogHeaders(nil), nil)
		return
	case s.reoffer != nil, method == sipmsg.INVITE && s.ringing != nil && s.phase == unanswered:
		_ = t.respond(500, "", retrySoon(), nil)
		return
	case s.invite != nil || s.answer != nil || s.heldACK != nil || s.update:
		_ = t.respond(491, "", nil, nil)
		return
	}
	r := &ReInvite{Method: string(method), Offer: offer, session: s, dialog: d, tx: t}
	if !s.emit(r) {
		_ = t.respond(503, "", retryAfter(1), nil)
		return
	}
	s.reoffer = r
	if method == sipmsg.INVITE {
		_ = t.respond(100, "", nil, nil)
	}
}

// Answer accepts with 200 and body. It waits for the ACK of a re-INVITE and returns the ACK's body: the peer's answer
// when it had sent no offer. ErrState means that the peer withdrew the offer.
func (r *ReInvite) Answer(ctx context.Context, body []byte) (ack []byte, err error) {
	s := r.session
	var a *answer
	err = s.do(func() error {
		if s.reoffer != r {
			return s.stateError()
		}
		var err error
		if r.tx.in.req.Method == sipmsg.UPDATE {
			err = r.tx.respond(200, "", s.dialogHeaders(body), body)
		} else {
			a, err = s.accept(r.tx, body)
		}
		if err != nil {
			return err
		}
		r.dialog.refresh(r.tx.in.req)
		s.reoffer = nil
		s.settle()
		return nil
	})
	if err != nil || a == nil {
		return nil, err
	}
	return s.waitACK(ctx, a)
}

// Reject refuses with a status from 300 to 699; the session goes on as it was (488 is the usual code).
func (r *ReInvite) Reject(code int, phrase string) error {
	if err := checkRefusal(code, phrase); err != nil {
		return err
	}
	s := r.session
	return s.do(func() error {
		if s.reoffer != r {
			return s.stateError()
		}
		s.reoffer = nil
		s.settle()
		return r.tx.respond(code, phrase, nil, nil)
	})
}
