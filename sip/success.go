// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"
)

// sentACK is the ACK for the latest 2xx of one peer, sent again each time that 2xx comes again.
type sentACK struct {
	seq uint32
	req *sipmsg.Request
}

// heldACK is a 2xx that brought an offer: its ACK waits for our answer.
type heldACK struct {
	dialog *dialog
	seq    uint32
}

// onSuccess handles a 2xx to an INVITE of ours (RFC 3261 section 13.2.2.4): the first, one that comes again because our
// ACK was lost or is not sent yet, or one of another device the INVITE was forked to.
func (s *Session) onSuccess(res *sipmsg.Response) {
	tag, seq := tagOf(res.To().Params), res.CSeq().SeqNo
	inv := s.invite
	switch ack, known := s.acks[tag]; {
	case known && ack.seq == seq:
		_ = s.flow.send(ack.req)
	case s.heldACK != nil && s.heldACK.dialog.remoteTag == tag && s.heldACK.seq == seq:
	case inv != nil && inv.seq == seq && inv.result == nil && s.dialog == nil:
		s.onFirstSuccess(res, tag)
	case inv != nil && inv.seq == seq && s.dialog != nil && s.dialog.remoteTag == tag:
		s.onReinviteSuccess(res)
	case s.outgoing && seq == 1 && s.dialog != nil && s.dialog.remoteTag != tag && len(s.acks) < maxForks:
		s.dropFork(res, tag)
	}
}

// onFirstSuccess confirms the session, or ends it when the user gave up meanwhile.
func (s *Session) onFirstSuccess(res *sipmsg.Response, tag string) {
	inv := s.invite
	s.dropInvite()
	d := s.early[tag]
	if d == nil {
		d = s.newDialog(res, tag)
	}
	d.refresh(res)
	s.dialog, s.early = d, nil
	if inv.cancelled {
		s.ack(d, inv.seq, nil)
		s.sendBye(d, inv.why)
		s.end(Ended{Code: 487, Phrase: phrases[487], Reason: inv.why, Local: true})
		return
	}
	s.phase = confirmed
	if inv.offered {
		s.ack(d, inv.seq, nil)
	} else {
		s.heldACK = &heldACK{d, inv.seq}
	}
	s.deliver(responseOf(res))
}

// dropFork ends the call with a device that answered after another did.
func (s *Session) dropFork(res *sipmsg.Response, tag string) {
	d := s.newDialog(res, tag)
	s.ack(d, 1, nil)
	s.sendBye(d, Reason{Cause: 200, Text: "Call completed elsewhere"})
}

// ack sends the ACK of a 2xx and keeps it for when that comes again.
func (s *Session) ack(d *dialog, seq uint32, body []byte) {
	o := d.ack(seq)
	o.contentType, o.body = sdpType, body
	req := s.flow.build(o)
	s.acks[d.remoteTag] = sentACK{seq, req}
	_ = s.flow.send(req)
}

// Ack answers the offer that a 2xx to our INVITE, or re-INVITE, without offer brought. Otherwise the ACK is sent
// without asking, and Ack reports ErrState.
func (s *Session) Ack(body []byte) error {
	return s.do(func() error {
		held := s.heldACK
		if held == nil {
			return ErrState
		}
		s.heldACK = nil
		s.ack(held.dialog, held.seq, body)
		s.settle()
		return nil
	})
}
