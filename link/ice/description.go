// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import (
	"errors"
	"fmt"
	"net/netip"
)

// ErrDescription is wrapped by every error about credentials or candidates that break the rules of
// RFC 8445 or the limits of this package.
var ErrDescription = errors.New("not an ICE description")

// MaxCandidates is how many candidates of one end count; Jami trims to the same number.
const MaxCandidates = 31

// RFC 8445, section 5.3 asks for at least 24 bits of randomness in the ufrag and 128 in the password,
// and RFC 8839, section 5.4 for at most 256 characters in each.
const (
	minUfrag  = 4
	minPwd    = 22
	maxSecret = 256
)

// Description is one end's half of an ICE connection.
type Description struct {
	Ufrag      string
	Pwd        string
	Candidates []Candidate
}

// Check reports whether the credentials are of the form RFC 8839, section 5.4 asks for and the
// number of candidates is bearable. Which candidates are used is for [Agent.AddRemote] to decide.
func (d Description) Check() error {
	if err := checkSecret("ufrag", d.Ufrag, minUfrag); err != nil {
		return err
	}
	if err := checkSecret("password", d.Pwd, minPwd); err != nil {
		return err
	}
	if len(d.Candidates) > MaxCandidates {
		return fmt.Errorf("%w: %d candidates, %d are allowed", ErrDescription, len(d.Candidates), MaxCandidates)
	}
	return nil
}

// checkSecret checks length and alphabet without showing the value.
func checkSecret(what, s string, least int) error {
	if len(s) < least || len(s) > maxSecret {
		return fmt.Errorf("%w: the %s has %d characters, %d to %d are allowed", ErrDescription, what, len(s), least, maxSecret)
	}
	for i := range len(s) {
		if !isICEChar(s[i]) {
			return fmt.Errorf("%w: the %s holds the character %q", ErrDescription, what, s[i])
		}
	}
	return nil
}

// isICEChar is the rule ice-char of RFC 8839, section 5.1.
func isICEChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

// Candidate is one address at which an end may be reached.
type Candidate struct {
	Foundation string // at most 31 characters; only in the text form
	TCP        bool
	Priority   uint32
	Addr       netip.AddrPort
	Type       Type
	TCPType    TCPType
	// Related is where a candidate of ours that a server told us is seen from (RFC 8839, section 5.1);
	// zero where that is not known. Of the far end's it is not read.
	Related netip.AddrPort
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

// String is the name RFC 8839 gives the type.
func (t Type) String() string {
	switch t {
	case Host:
		return "host"
	case ServerReflexive:
		return "srflx"
	case PeerReflexive:
		return "prflx"
	case Relay:
		return "relay"
	}
	return "unknown"
}

// TCPType is which end opens a TCP connection (RFC 6544, section 4.5); zero for UDP.
type TCPType byte

// The kinds of TCP candidates.
const (
	Active TCPType = iota + 1
	Passive
	SimultaneousOpen
)

// String is the name RFC 6544 gives the kind.
func (t TCPType) String() string {
	switch t {
	case Active:
		return "active"
	case Passive:
		return "passive"
	case SimultaneousOpen:
		return "so"
	}
	return "unknown"
}
