// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// refreshTime is how often a provisional response is repeated while the phone rings (RFC 3261 section 13.3.1.1).
const refreshTime = time.Minute

// provisional is the latest provisional response to the peer's INVITE.
type provisional struct {
	code int
	body []byte
}

// answer is a 2xx of ours without ACK, to the first INVITE or a later one.
type answer struct {
	res   *sipmsg.Response
	seq   uint32
	wait  time.Duration // until it is sent again
	acked chan []byte   // gets the body of the ACK
}

// onInvite makes a session of an INVITE outside of dialogs. It is answered 100 at once, so that the caller can cancel.
func (f *Flow) onInvite(t *serverTx) {
	in := t.in
	s := newSession(f, false)
	s.callID, s.localTag = in.head.get("call-id"), t.tag
	from, to := in.req.From(), in.req.To()
	s.remote, s.local = addressOf(from.DisplayName, &from.Address), addressOf(to.DisplayName, &to.Address)
	s.offer, s.fields = in.req.Body(), in.head.fields
	contact := f.contact(s.local.URI.User, "")
	if contact.check("Contact") != nil { // the caller wrote our name in a way we cannot repeat
		contact = f.contact("", "")
	}
	s.contact = contact.String()
	s.dialog = &dialog{
		callID: s.callID, remoteTag: in.fromTag(),
		local: in.head.get("to") + ";tag=" + t.tag, remote: in.head.get("from"),
		routes: routesOf(in.req), remoteSeq: in.req.CSeq().SeqNo, remoteSeen: true,
	}
	s.dialog.refresh(in.req)
	s.ringing, t.session = t, s
	if seconds, err := strconv.ParseUint(in.head.get("expires"), 10, 24); err == nil && seconds > 0 {
		s.alarms.set(alarmExpires, time.Duration(seconds)*time.Second)
	}
	if err := f.addSession(s); err != nil {
		_ = t.respond(refusalFor(err), "", retryAfter(5), nil)
		return
	}
	_ = t.respond(100, "", nil, nil)
	if !f.spawn(s.loop) {
		s.leave()
		return
	}
	select {
	case f.ua.calls <- s:
	default:
		s.post(func() { s.refuse(503, "", retryAfter(5)) })
	}
}

// refusalFor maps why a session could not be made to a status.
func refusalFor(err error) int {
	if errors.Is(err, errMerged) {
		return 482
	}
	return 503
}

// respondEarly sends a provisional response that makes the dialog known.
func (s *Session) respondEarly(code int, body []byte) error {
	return s.do(func() error {
		if s.ringing == nil || s.phase != unanswered {
			return s.stateError()
		}
		s.last = &provisional{code, body}
		s.alarms.set(alarmRefresh, refreshTime)
		return s.ringing.respond(code, "", s.dialogHeaders(body), body)
	})
}

func (s *Session) refreshProvisional() {
	s.alarms.set(alarmRefresh, refreshTime)
	_ = s.ringing.respond(s.last.code, "", s.dialogHeaders(s.last.body), s.last.body)
}

// dialogHeaders are what responses that make or refresh a dialog carry.
func (s *Session) dialogHeaders(body []byte) []Header {
	h := append([]Header{{"Contact", s.contact}}, s.flow.capabilities()...)
	if len(body) > 0 {
		h = append(h, Header{"Content-Type", sdpType})
	}
	return h
}

// stateError tells apart what came too late from what is wrong.
func (s *Session) stateError() error {
	if s.phase == over {
		return ErrSessionEnded
	}
	return ErrState
}

// Ring sends 180.
func (s *Session) Ring() error { return s.respondEarly(180, nil) }

// Progress sends 183 with a body, an answer for early media. It is not acknowledged (no RFC 3262): over a flow it is
// not lost either.
func (s *Session) Progress(body []byte) error { return s.respondEarly(183, body) }

// Answer sends 200 with body and waits for the ACK, whose body it returns: the answer when the INVITE had no offer. The
// call is answered even when ctx ends first.
func (s *Session) Answer(ctx context.Context, body []byte) (ack []byte, err error) {
	var a *answer
	err = s.do(func() error {
		if s.ringing == nil || s.phase != unanswered {
			return s.stateError()
		}
		a, err = s.accept(s.ringing, body)
		if err != nil {
			return err
		}
		s.phase = answered
		s.alarms.stop(alarmRefresh, alarmExpires)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.waitACK(ctx, a)
}

// accept sends a 2xx and begins to wait for its ACK.
func (s *Session) accept(t *serverTx, body []byte) (*answer, error) {
	res, err := t.accept(s.dialogHeaders(body), body)
	if err != nil {
		return nil, err
	}
	if s.taken != nil {
		s.flow.dropServer(s.taken)
	}
	s.taken = t
	s.answer = &answer{res: res, seq: t.in.req.CSeq().SeqNo, wait: t1, acked: make(chan []byte, 1)}
	s.alarms.set(alarmRepeat, t1)
	s.alarms.set(alarmNoACK, transactionTime)
	return s.answer, nil
}

func (s *Session) waitACK(ctx context.Context, a *answer) ([]byte, error) {
	select {
	case body := <-a.acked:
		return body, nil
	case <-s.ended:
		select {
		case body := <-a.acked:
			return body, nil
		default:
			return nil, ErrSessionEnded
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// repeatAnswer sends our 2xx again, over reliable transports too: the ACK comes from the peer, not from the next hop.
func (s *Session) repeatAnswer() {
	if s.answer == nil {
		return
	}
	_ = s.flow.send(s.answer.res)
	s.answer.wait = min(2*s.answer.wait, t2)
	s.alarms.set(alarmRepeat, s.answer.wait)
}

// onACK ends the waiting for it. An ACK that nobody waits for is a repeated one.
func (s *Session) onACK(in *inbound) {
	a := s.answer
	if a == nil || in.req.CSeq().SeqNo != a.seq || in.fromTag() != s.dialog.remoteTag {
		return
	}
	s.answer = nil
	s.alarms.stop(alarmRepeat, alarmNoACK)
	a.acked <- in.req.Body()
	if s.phase == answered {
		s.phase = confirmed
	}
	s.releaseBye()
	s.settle()
}

// onNoACK ends a session whose caller does not acknowledge (RFC 3261 section 13.3.1.4).
func (s *Session) onNoACK() {
	s.answer = nil
	s.alarms.stop(alarmRepeat)
	if s.heldBye != nil {
		s.releaseBye()
		return
	}
	s.sendBye(s.dialog, Reason{Cause: 408, Text: "No ACK"})
	s.end(Ended{Code: 408, Phrase: "No ACK", Local: true, Err: fmt.Errorf("%w: the peer did not acknowledge", ErrTimeout)})
}

// Reject refuses an incoming call with a status from 300 to 699. Among the headers may be a Contact, for 3xx.
func (s *Session) Reject(code int, phrase string, headers ...Header) error {
	if err := checkRefusal(code, phrase); err != nil {
		return err
	}
	if err := checkHeaders(headers, "contact"); err != nil {
		return err
	}
	return s.do(func() error {
		if s.ringing == nil || s.phase != unanswered {
			return s.stateError()
		}
		s.refuse(code, phrase, headers)
		return nil
	})
}

func (s *Session) refuse(code int, phrase string, headers []Header) {
	if s.phase != unanswered {
		return
	}
	_ = s.ringing.respond(code, phrase, headers, nil)
	s.end(Ended{Code: code, Phrase: phraseFor(code, phrase), Local: true})
}

// onExpired answers an INVITE whose Expires is over (RFC 3261 section 13.3.1).
func (s *Session) onExpired() {
	if s.phase == unanswered {
		_ = s.ringing.respond(487, "", nil, nil)
		s.end(Ended{Code: 487, Phrase: "Expired"})
	}
}

// onCancel ends what the CANCEL names: the call while it rings, or the peer's re-INVITE. Behind a final response it
// changes nothing.
func (s *Session) onCancel(t *serverTx, in *inbound) {
	switch {
	case t == s.ringing && s.phase == unanswered:
		why := parseReason(in.head.all("reason"))
		_ = t.respond(487, "", nil, nil)
		s.events <- Cancelled{Reason: why}
		s.end(Ended{Code: 487, Phrase: phrases[487], Reason: why})
	case s.reoffer != nil && s.reoffer.tx == t:
		_ = t.respond(487, "", nil, nil)
		s.reoffer = nil
		s.settle()
	}
}

// retrySoon is the Retry-After of RFC 3261 section 14.2.
func retrySoon() []Header { return retryAfter(rand.IntN(10)) }
