// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"time"

	"github.com/pion/stun/v4"

	"bellwire/link/ice"
)

// consume handles what was received, up to the nomination. It fails when the far end misbehaves.
func (p *pair) consume() bool {
	for !p.nominated {
		kind, b := p.in.next()
		switch kind {
		case incomplete:
			return p.in.received < maxReceived
		case data:
			if !p.isProven() || len(p.early)+len(b) > maxEarly {
				return false
			}
			p.early = append(p.early, b...)
			p.in.take(len(b))
		case message:
			if !p.handle(b) {
				return false
			}
		}
	}
	return true
}

func (p *pair) isProven() bool {
	p.agent.mu.Lock()
	defer p.agent.mu.Unlock()
	return p.proven
}

// handle takes one message. It fails when the pair is of no use any more.
func (p *pair) handle(b []byte) bool {
	m, err := parse(b)
	if err != nil {
		return false
	}
	switch m.Type.Class {
	case stun.ClassRequest:
		return p.answer(m)
	case stun.ClassSuccessResponse, stun.ClassErrorResponse:
		return p.answered(m)
	}
	return true // an indication keeps the connection alive
}

// answer answers a check of the far end.
func (p *pair) answer(m *stun.Message) bool {
	a := p.agent
	code := authenticate(m, a.own)
	if code == 0 {
		code = a.checked(p, m)
	}
	var reply []byte
	var err error
	if code == 0 {
		reply, err = success(m, p.remote, a.own)
	} else {
		p.refused++
		reply, err = failure(m, code, a.own)
	}
	if err != nil || p.refused > maxRefused {
		return false
	}
	p.out = append(p.out, framed(reply)...)
	return true
}

// checked notes an authenticated check. It returns the error to answer, or 0.
func (a *Agent) checked(p *pair, m *stun.Message) stun.ErrorCode {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.settle(m) {
		return stun.CodeRoleConflict
	}
	p.proven = true
	p.peer = max(p.peer, priorityOf(m))
	p.nominated = a.role == ice.Controlled && m.Contains(stun.AttrUseCandidate)
	return 0
}

// answered takes the answer to our check.
func (p *pair) answered(m *stun.Message) bool {
	a := p.agent
	a.mu.Lock()
	defer a.mu.Unlock()
	c := p.check
	if c == nil || m.TransactionID != c.id {
		return true // to one that was sent again
	}
	authentic := signed(m, a.remote)
	if m.Type.Class == stun.ClassErrorResponse {
		var code stun.ErrorCodeAttribute
		if code.GetFrom(m) != nil || code.Code != stun.CodeRoleConflict || !authentic {
			return false
		}
		if c.role == a.role {
			a.switchRole()
		}
		p.check = nil
		return true
	}
	if !authentic {
		return true // nobody's answer; the right one may follow
	}
	p.check = nil
	p.proven = true
	if c.nominate {
		p.nominated = a.role == ice.Controlling
	} else if !p.valid {
		p.valid, p.validSince = true, time.Now()
		a.note()
	}
	return true
}
