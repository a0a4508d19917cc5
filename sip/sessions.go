// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"errors"
	"fmt"
)

var (
	errMerged = errors.New("the same INVITE reached us on two ways")
	errFull   = fmt.Errorf("%w: too many sessions on this flow", ErrState)
)

// addSession makes a session known to its flow.
func (f *Flow) addSession(s *Session) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	if len(f.sessions) >= f.ua.cfg.MaxSessions {
		return errFull
	}
	if !s.outgoing {
		k := s.mergeKey()
		if f.invites[k] != nil {
			return errMerged
		}
		f.invites[k] = s
	}
	f.sessions[sessionKey{s.callID, s.localTag}] = s
	return nil
}

// removeSession forgets a session and, if it was answered, its INVITE.
func (f *Flow) removeSession(s *Session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.sessions, sessionKey{s.callID, s.localTag})
	if s.outgoing {
		return
	}
	if k := s.mergeKey(); f.invites[k] == s {
		delete(f.invites, k)
	}
	if t := s.taken; t != nil && f.servers[t.key] == t {
		delete(f.servers, t.key)
	}
}

// mergeKey belongs to the INVITE that made an incoming session.
func (s *Session) mergeKey() mergeKey {
	return mergeKey{s.callID, s.ringing.in.fromTag(), s.ringing.in.req.CSeq().SeqNo}
}
