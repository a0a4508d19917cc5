// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import "strconv"

// maxSDP is the longest value of an a=candidate line that is read, in bytes. One with all extensions
// that are in use has 200.
const maxSDP = 512

// SDP returns the candidate as the value of an a=candidate line (RFC 8839, section 5.1) for a component
// counted from 1. Priorities are those of the first component; another one's are lower by its distance
// (RFC 8445, section 5.1.2.1).
func (c Candidate) SDP(component int) string {
	c.Priority -= uint32(component - 1)
	b := appendCandidate(make([]byte, 0, 128), c, component)
	if c.Type == Host {
		return string(b)
	}
	b = append(b, " raddr "...)
	if r := c.Related; r.Addr().BitLen() == c.Addr.Addr().BitLen() {
		b = r.Addr().AppendTo(b)
		b = append(b, " rport "...)
		return string(strconv.AppendUint(b, uint64(r.Port()), 10))
	}
	return string(append(b, unknownBase(c)+" rport 9"...))
}

// ParseSDP reads the value of an a=candidate line. It is not ok for what cannot be used: host names,
// unknown types or transports.
func ParseSDP(value string) (c Candidate, component int, ok bool) {
	if len(value) > maxSDP {
		return Candidate{}, 0, false
	}
	return parseCandidate(value)
}
