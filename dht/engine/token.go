// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"time"
)

// A secret is replaced after this time plus at most as much again and half, so a token lives at
// least 15 minutes, longer than the 10 its holder uses it.
const (
	secretLifeMin = 15 * time.Minute
	secretLifeMax = 45 * time.Minute
)

const tokenLen = 16

// tokens issues and checks write tokens. They are bound to an address and port, not to a key.
type tokens struct {
	current, previous [16]byte
	renew             time.Time
}

func (t *tokens) rotate(now time.Time, r *rand.Rand) {
	if t.renew.IsZero() {
		fill(t.current[:], r)
	}
	t.previous = t.current
	fill(t.current[:], r)
	t.renew = now.Add(between(r, secretLifeMin, secretLifeMax))
}

func (t *tokens) issue(to netip.AddrPort) []byte {
	token := tokenFor(t.current, to)
	return token[:]
}

func (t *tokens) valid(token []byte, from netip.AddrPort) bool {
	current, previous := tokenFor(t.current, from), tokenFor(t.previous, from)
	return subtle.ConstantTimeCompare(token, current[:])|subtle.ConstantTimeCompare(token, previous[:]) == 1
}

func tokenFor(secret [16]byte, to netip.AddrPort) (token [tokenLen]byte) {
	var in [16 + 16 + 2]byte
	copy(in[:], secret[:])
	ip := to.Addr().As16()
	copy(in[16:], ip[:])
	binary.BigEndian.PutUint16(in[32:], to.Port())
	sum := sha256.Sum256(in[:])
	copy(token[:], sum[:])
	return token
}
