// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"net/netip"
	"time"

	"bellwire/dht/engine"
)

// What is heard in a second of packets that are not requests: answers and pieces of values, of which
// the longest value makes 52.
const (
	othersPerAddress = 16_384
	othersInTotal    = 65_535
)

// gate turns a flood away at the socket, before it costs the loop anything. It only looks at the first
// key of a packet; the engine applies the same limit to requests again, whatever they look like.
type gate struct {
	requests, others *engine.Limiter
}

func newGate() *gate {
	return &gate{engine.RequestLimiter(), engine.NewLimiter(othersPerAddress, othersInTotal)}
}

// admit reports whether a packet may go on to the loop.
func (g *gate) admit(b []byte, from netip.AddrPort, now time.Time) bool {
	if looksLikeRequest(b) {
		return g.requests.Allow(from.Addr(), now)
	}
	return g.others.Allow(from.Addr(), now)
}

// looksLikeRequest reports whether the packet is a MessagePack map whose first key is "a", the
// arguments of a request, as every known program writes it.
func looksLikeRequest(b []byte) bool {
	return len(b) > 2 && b[0]&0xf0 == 0x80 && b[1] == 0xa1 && b[2] == 'a'
}
