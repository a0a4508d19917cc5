// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Limits of the text form. A message of Jami with five candidates has 350 bytes.
const (
	// MaxText is the longest text ParseText reads, in bytes.
	MaxText       = 16 << 10
	maxFoundation = 31
)

// AppendText appends the description as Jami writes it: ufrag, password and each candidate on a
// line of its own.
//
//	3635ad06
//	501fe3aa50d6c8a6398ff090
//	Ha4d000b 1 TCP 2130706431 10.77.0.11 45709 typ host tcptype passive
func AppendText(b []byte, d Description) []byte {
	b = append(b, d.Ufrag...)
	b = append(b, '\n')
	b = append(b, d.Pwd...)
	b = append(b, '\n')
	for _, c := range d.Candidates {
		b = appendCandidate(b, c, 1)
		b = append(b, '\n')
	}
	return b
}

// appendCandidate appends one line. "TCP" is in upper case, as Jami takes everything else for UDP.
func appendCandidate(b []byte, c Candidate, component int) []byte {
	b = append(b, c.foundation()...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(component), 10)
	if c.TCP {
		b = append(b, " TCP "...)
	} else {
		b = append(b, " UDP "...)
	}
	b = strconv.AppendUint(b, uint64(c.Priority), 10)
	b = append(b, ' ')
	b = c.Addr.Addr().AppendTo(b)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(c.Addr.Port()), 10)
	b = append(b, " typ "...)
	b = append(b, c.Type.String()...)
	if c.TCP {
		b = append(b, " tcptype "...)
		b = append(b, c.TCPType.String()...)
	}
	return b
}

// foundation returns the given foundation or one that is alike for candidates of the same type and
// base address (RFC 8445, section 5.1.1.3).
func (c Candidate) foundation() string {
	if c.Foundation != "" {
		return c.Foundation
	}
	hash := uint32(2166136261) // FNV-1a, 32 bits
	for _, octet := range c.Addr.Addr().AsSlice() {
		hash = (hash ^ uint32(octet)) * 16777619
	}
	return strings.ToUpper(c.Type.String()[:1]) + strconv.FormatUint(uint64(hash), 16)
}

// ParseText reads the text form. Candidates it cannot use (host names, other components, unknown
// types or transports) are skipped and so is everything after the first MaxCandidates; bad
// credentials are an error that wraps [ErrDescription].
func ParseText(text string) (Description, error) {
	if len(text) > MaxText {
		return Description{}, fmt.Errorf("%w: the text has %d bytes, %d are allowed", ErrDescription, len(text), MaxText)
	}
	var d Description
	d.Ufrag, text, _ = strings.Cut(text, "\n")
	d.Pwd, text, _ = strings.Cut(text, "\n")
	for text != "" && len(d.Candidates) < MaxCandidates {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if c, component, ok := parseCandidate(line); ok && component == 1 {
			d.Candidates = append(d.Candidates, c)
		}
	}
	if err := d.Check(); err != nil {
		return Description{}, err
	}
	return d, nil
}

// parseCandidate reads the fields by position, as Jami does; what follows the TCP type is ignored.
func parseCandidate(line string) (c Candidate, component int, ok bool) {
	f := strings.Fields(line)
	if len(f) < 8 || len(f[0]) > maxFoundation || f[6] != "typ" {
		return c, 0, false
	}
	c.Foundation = f[0]
	number, err := strconv.ParseUint(f[1], 10, 8) // RFC 8839 allows 256, of which nobody has need
	if err != nil {
		return c, 0, false
	}
	component = int(number)
	priority, err := strconv.ParseUint(f[3], 10, 32)
	if err != nil {
		return c, 0, false
	}
	addr, err := netip.ParseAddr(f[4])
	if err != nil || addr.Zone() != "" {
		return c, 0, false
	}
	port, err := strconv.ParseUint(f[5], 10, 16)
	if err != nil || port == 0 {
		return c, 0, false
	}
	c.Priority = uint32(priority)
	c.Addr = netip.AddrPortFrom(addr.Unmap(), uint16(port))
	if c.Type, ok = parseType(f[7]); !ok {
		return c, 0, false
	}
	switch {
	case strings.EqualFold(f[2], "udp"):
		return c, component, true
	case strings.EqualFold(f[2], "tcp"):
		c.TCP = true
		c.TCPType, ok = parseTCPType(f[8:])
		return c, component, ok
	}
	return c, 0, false
}

func parseType(s string) (Type, bool) {
	for t := Host; t <= Relay; t++ {
		if s == t.String() {
			return t, true
		}
	}
	return 0, false
}

// parseTCPType finds the TCP type among the fields after the candidate's type; RFC 6544 allows
// related addresses before it.
func parseTCPType(fields []string) (TCPType, bool) {
	for i := 0; i+1 < len(fields); i++ {
		if fields[i] != "tcptype" {
			continue
		}
		for t := Active; t <= SimultaneousOpen; t++ {
			if fields[i+1] == t.String() {
				return t, true
			}
		}
		return 0, false
	}
	return 0, false
}
