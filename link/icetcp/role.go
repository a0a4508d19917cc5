// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"crypto/rand"
	"encoding/binary"

	"github.com/pion/stun/v4"

	"bellwire/link/ice"
)

// settle resolves a conflict of roles as RFC 8445, section 7.3.1.1 has it. It reports whether the
// request fits our role, as it may be afterwards. a.mu is held.
func (a *Agent) settle(m *stun.Message) bool {
	role, tie, ok := claim(m)
	if !ok || role != a.role {
		return true
	}
	if (a.role == ice.Controlling) == (a.tie >= tie) {
		return false
	}
	a.switchRole()
	return true
}

// switchRole takes the other role. a.mu is held.
func (a *Agent) switchRole() {
	a.role = !a.role
	a.nominee = nil
	for _, p := range a.pairs {
		p.check = nil
	}
	a.wakeAll()
	a.note()
}

func newTie() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint64(b[:])
}
