// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"net/netip"
	"slices"

	"bellwire/link/ice"
)

// component is the only one: a stream needs no second.
const component = 1

// discard is the port of candidates nobody can connect to (RFC 6544, section 4.5).
const discard = 9

// priority is that of a candidate by RFC 6544, section 4.2; index counts the candidates of one type.
func priority(t ice.Type, tcp ice.TCPType, index int) uint32 {
	preference := map[ice.Type]uint32{ice.Host: 126, ice.PeerReflexive: 110, ice.ServerReflexive: 100, ice.Relay: 0}[t]
	direction := map[ice.TCPType]uint32{ice.Active: 6, ice.Passive: 4, ice.SimultaneousOpen: 2}[tcp]
	if t == ice.ServerReflexive || t == ice.Relay {
		direction = map[ice.TCPType]uint32{ice.Active: 4, ice.Passive: 2, ice.SimultaneousOpen: 6}[tcp]
	}
	local := direction<<13 + 1<<13 - 1 - uint32(index)
	return preference<<24 + local<<8 + 256 - component
}

// pairPriority orders pairs alike at both ends (RFC 8445, section 6.1.2.3).
func pairPriority(role ice.Role, local, remote uint32) uint64 {
	controlling, controlled := uint64(local), uint64(remote)
	if role == ice.Controlled {
		controlling, controlled = controlled, controlling
	}
	p := min(controlling, controlled)<<32 + 2*max(controlling, controlled)
	if controlling > controlled {
		p++
	}
	return p
}

// candidate describes an address of ours.
func candidate(t ice.Type, tcp ice.TCPType, index int, addr netip.AddrPort) ice.Candidate {
	return ice.Candidate{TCP: true, Type: t, TCPType: tcp, Priority: priority(t, tcp, index), Addr: addr}
}

// reflexive describes addresses others see us at. Nobody can connect to them, but relays of the far end
// let in only who is named; so these are the only active candidates we tell. The others are of no use
// to Jami, which connects to passive ones and takes any connection that knows the password, and an
// offer in the DHT had better be small.
func reflexive(mapped []netip.Addr, hosts []netip.Addr) (candidates []ice.Candidate) {
	var told []netip.Addr
	for _, addr := range mapped {
		addr = addr.Unmap()
		if addr.IsGlobalUnicast() && !slices.Contains(hosts, addr) && !slices.Contains(told, addr) && len(told) < maxReflexive {
			told = append(told, addr)
			candidates = append(candidates, candidate(ice.ServerReflexive, ice.Active, len(told)-1, netip.AddrPortFrom(addr, discard)))
		}
	}
	return candidates
}

const maxReflexive = 4

// reachable returns the candidates one can connect to, the best first.
func reachable(candidates []ice.Candidate) []ice.Candidate {
	passive := slices.DeleteFunc(slices.Clone(candidates), func(c ice.Candidate) bool { return !c.TCP || c.TCPType != ice.Passive })
	slices.SortStableFunc(passive, func(a, b ice.Candidate) int { return int(int64(b.Priority) - int64(a.Priority)) })
	return passive
}

// learntPriority is that of the candidate the far end learns of from our checks, should it not know our
// address (RFC 8445, section 7.1.1).
func learntPriority(accepted bool) uint32 {
	if accepted {
		return priority(ice.PeerReflexive, ice.Passive, 0)
	}
	return priority(ice.PeerReflexive, ice.Active, 0)
}
