// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import (
	"net/netip"
	"slices"
)

// Every address a far end names is sent checks, up to 20 in a second from each of ours. Whoever may
// make an offer must not be able to have us search a network for open ports or send a stream to
// somebody who never asked for it.
const (
	// maxTargets bounds the addresses checks are sent to. An end with the most host addresses, their
	// reflexive ones behind one translator and relayed ones on one server stays within it; with a few
	// addresses of our own it keeps the pairs near the 100 of RFC 8445, section 6.1.2.5.
	maxTargets = 16
	// maxPorts bounds the ports of one host: several addresses of the far end share a translator or a
	// relay.
	maxPorts = 4
	// minPort spares the services of others: they have lower ports, and neither ends of ICE nor
	// translators use those.
	minPort = 1024
	// maxRemotes bounds the addresses of the far end over UDP when those are counted that show in its own
	// checks alone: a translator may give it another one for each of ours. It can write any it likes into
	// its packets.
	maxRemotes = 3 * maxTargets
)

// Targets are the addresses of the far end that checks are sent to over one transport.
type Targets struct {
	around Surroundings
	tcp    bool
	chosen []netip.AddrPort
}

// Targets returns an empty choice for TCP, or else UDP.
func (s Surroundings) Targets(tcp bool) *Targets { return &Targets{around: s, tcp: tcp} }

// Choose returns those candidates that checks may be sent to and were not chosen before, in the form
// in which their addresses are compared.
func (t *Targets) Choose(candidates []Candidate) (chosen []Candidate) {
	for _, c := range candidates {
		c.Addr = netip.AddrPortFrom(c.Addr.Addr().Unmap(), c.Addr.Port())
		if c.TCP != t.tcp || !t.allowed(c.Addr) || !t.room(c.Addr) {
			continue
		}
		t.chosen = append(t.chosen, c.Addr)
		chosen = append(chosen, c)
	}
	return chosen
}

// allowed reports whether another end can be at this address: nobody can make us send to a group, to
// nowhere, or, unless we are there ourselves, to services of this machine. Link-local addresses are never
// offered and mean another host on each network.
func (t *Targets) allowed(to netip.AddrPort) bool {
	return to.Port() >= minPort && t.around.isHost(to.Addr())
}

// isHost reports whether the address is one host's that another end can have.
func (s Surroundings) isHost(addr netip.Addr) bool {
	switch {
	case !addr.IsValid() || addr.Zone() != "",
		addr.IsUnspecified(), addr.IsMulticast(), addr.IsLinkLocalUnicast(),
		addr.IsLoopback() && !s.Loopback:
		return false
	case addr.Is4():
		first := addr.As4()[0]
		return first != 0 && first < 240 && !slices.Contains(s.broadcasts, addr)
	}
	return true
}

// room reports whether one more address may be chosen.
func (t *Targets) room(to netip.AddrPort) bool {
	ports := 0
	for _, other := range t.chosen {
		if other == to {
			return false
		}
		if other.Addr() == to.Addr() {
			ports++
		}
	}
	return ports < maxPorts && len(t.chosen) < maxTargets
}
