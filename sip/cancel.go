// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Cancel gives up an outgoing call and returns at once. The CANCEL waits for the first provisional response (RFC 3261
// section 9.1); when the peer answers meanwhile the call is ended by BYE. Ended comes when the peer confirmed, or
// after 32 s.
func (s *Session) Cancel(why Reason) error {
	return s.do(func() error {
		inv := s.invite
		switch {
		case s.phase == over:
			return ErrSessionEnded
		case !s.outgoing || s.phase != unanswered || inv == nil:
			return ErrState
		case inv.cancelled:
			return nil
		}
		inv.cancelled, inv.why = true, why
		if inv.provisional {
			s.sendCancel()
		}
		return nil
	})
}

// sendCancel sends the CANCEL: the INVITE's Request-URI, branch, Call-ID, To and number. The INVITE has 64*T1 left to
// be answered.
func (s *Session) sendCancel() {
	inv := s.invite
	inv.cancelSent = true
	s.alarms.set(alarmCancel, transactionTime)
	h := head{fields: s.fields}
	req := s.flow.build(outbound{
		method: sipmsg.CANCEL, target: inv.req.Recipient, branch: branchOf(inv.req),
		from: h.get("from"), to: h.get("to"), callID: s.callID, cseq: inv.seq, headers: inv.why.headers(),
	})
	if tx, err := s.flow.start(req); err == nil {
		s.flow.spawnAwait(tx, func() {})
	}
}

// spawnAwait waits for the answer to a request that nobody waits for, then calls after.
func (f *Flow) spawnAwait(tx *sipmsg.ClientTx, after func()) {
	ok := f.spawn(func() {
		_, _ = f.await(context.Background(), tx, nil)
		after()
	})
	if !ok {
		tx.Terminate()
	}
}
