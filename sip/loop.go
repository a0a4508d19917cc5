// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"
)

// loop runs the session until it is over and nothing of it is under way any more.
func (s *Session) loop() {
	defer s.leave()
	for s.phase != over || s.lingers() {
		var responses <-chan *sipmsg.Response
		var noAnswer <-chan struct{}
		if s.invite != nil {
			responses, noAnswer = s.invite.tx.Responses(), s.invite.tx.Done()
		}
		select {
		case fn := <-s.inbox:
			fn()
		case res := <-responses:
			s.onResponse(res)
		case <-noAnswer:
			s.onNoAnswer()
		case <-s.alarms.next():
			for which, ok := s.alarms.due(); ok; which, ok = s.alarms.due() {
				s.onAlarm(which)
			}
		case <-s.flow.done:
			s.end(Ended{Code: 503, Phrase: phrases[503], Err: s.flow.Err()})
			return
		}
	}
}

// lingers reports whether a session that is over still has an exchange with the peer to finish.
func (s *Session) lingers() bool { return s.invite != nil || s.byes > 0 || s.answer != nil }

// leave removes the session from its flow.
func (s *Session) leave() {
	s.alarms.close()
	s.dropInvite()
	s.flow.removeSession(s)
	close(s.gone)
}

// post hands fn to the loop; false when the loop is over.
func (s *Session) post(fn func()) bool {
	select {
	case s.inbox <- fn:
		return true
	case <-s.gone:
		return false
	}
}

// do runs fn in the loop and returns its result.
func (s *Session) do(fn func() error) error {
	result := make(chan error, 1)
	if !s.post(func() { result <- fn() }) {
		return ErrSessionEnded
	}
	return <-result
}

func (s *Session) onAlarm(which alarm) {
	switch which {
	case alarmRepeat:
		s.repeatAnswer()
	case alarmNoACK:
		s.onNoACK()
	case alarmRefresh:
		s.refreshProvisional()
	case alarmExpires:
		s.onExpired()
	case alarmCancel:
		s.onNoAnswer()
	case alarmLinger:
		s.dropInvite()
		s.answer, s.byes = nil, 0
	}
}

// emit queues an event; false when the user does not read them.
func (s *Session) emit(e Event) bool {
	if len(s.events) >= maxEvents {
		return false
	}
	s.events <- e
	return true
}

// end tells the user that the session is over, once. Requests nobody answered are answered 487 (RFC 3261 section
// 15.1.2).
func (s *Session) end(e Ended) {
	if s.phase == over {
		return
	}
	s.phase = over
	s.alarms.stop(alarmRefresh, alarmExpires)
	s.alarms.set(alarmLinger, transactionTime)
	if s.reoffer != nil {
		_ = s.reoffer.tx.respond(487, "", nil, nil)
		s.reoffer = nil
	}
	for t := range s.asked {
		_ = t.respond(487, "", nil, nil)
	}
	clear(s.asked)
	s.deliver(Response{Code: e.Code, Phrase: e.Phrase, Local: true})
	s.events <- e
	close(s.events)
	close(s.ended)
	s.settle()
}

// settle wakes who waits for the dialog to be free for an offer.
func (s *Session) settle() {
	close(s.settled)
	s.settled = make(chan struct{})
}
