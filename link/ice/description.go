// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import "net/netip"

// Description is one end's half of an ICE connection.
type Description struct {
	Ufrag      string
	Pwd        string
	Candidates []Candidate
}

// Candidate is one address at which an end may be reached.
type Candidate struct {
	Foundation string // at most 31 characters
	TCP        bool
	Priority   uint32
	Addr       netip.AddrPort
	Type       Type
	TCPType    TCPType
}

// Type is where an address comes from (RFC 8445, section 5.1.1).
type Type byte

// The types of candidates.
const (
	Host Type = iota + 1
	ServerReflexive
	PeerReflexive
	Relay
)

// TCPType is which end opens a TCP connection (RFC 6544, section 4.5); zero for UDP.
type TCPType byte

// The kinds of TCP candidates.
const (
	Active TCPType = iota + 1
	Passive
	SimultaneousOpen
)
