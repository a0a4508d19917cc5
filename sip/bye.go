// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"errors"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Bye ends a confirmed session at once and waits for the peer's answer as long as ctx allows. While the ACK of our 2xx
// is missing the BYE is held back until it comes (RFC 3261 section 15).
func (s *Session) Bye(ctx context.Context, why Reason) error {
	err := s.do(func() error {
		switch s.phase {
		case over:
			return ErrSessionEnded
		case unanswered:
			return ErrState
		case answered:
			s.heldBye = &why
		case confirmed:
			s.sendBye(s.dialog, why)
		}
		s.end(Ended{Code: 200, Phrase: phrases[200], Reason: why, Local: true})
		return nil
	})
	if err != nil {
		return err
	}
	select {
	case <-s.byeDone:
	case <-s.gone:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// sendBye sends a BYE in a dialog of the session, which stays until it is answered.
func (s *Session) sendBye(d *dialog, why Reason) {
	if s.heldACK != nil && s.heldACK.dialog == d {
		held := s.heldACK
		s.heldACK = nil
		s.ack(d, held.seq, nil)
	}
	o := d.request(sipmsg.BYE)
	o.headers = why.headers()
	tx, err := s.flow.start(s.flow.build(o))
	if err != nil {
		return
	}
	s.byes++
	s.flow.spawnAwait(tx, func() { s.post(s.onByeDone) })
}

func (s *Session) onByeDone() {
	if s.byes--; s.byes == 0 && s.phase == over {
		s.byeOnce.Do(func() { close(s.byeDone) })
	}
}

// releaseBye sends the BYE that waited for an ACK.
func (s *Session) releaseBye() {
	if why := s.heldBye; why != nil {
		s.heldBye = nil
		s.sendBye(s.dialog, *why)
	}
}

// onBye ends the session. The caller may also give up so before the answer (RFC 3261 section 15).
func (s *Session) onBye(t *serverTx) {
	_ = t.respond(200, "", nil, nil)
	code := 200
	if s.phase == unanswered && s.ringing != nil {
		_ = s.ringing.respond(487, "", nil, nil)
		code = 487
	}
	s.answer = nil
	s.alarms.stop(alarmRepeat, alarmNoACK)
	s.end(Ended{Code: code, Phrase: phrases[code], Reason: parseReason(t.in.head.all("reason"))})
}

// Hangup ends the session the way its state asks for: CANCEL, 603 or BYE.
func (s *Session) Hangup(ctx context.Context, why Reason) error {
	err := s.Bye(ctx, why)
	if !errors.Is(err, ErrState) {
		return err
	}
	if s.outgoing {
		err = s.Cancel(why)
	} else {
		err = s.Reject(603, "", why.headers()...)
	}
	if errors.Is(err, ErrState) { // answered between the two
		return s.Bye(ctx, why)
	}
	return err
}
