// SPDX-License-Identifier: GPL-3.0-or-later

package offer

import (
	"encoding/binary"
	"net/netip"

	"bellwire/link/ice"
)

// appendCandidates appends UDP candidates one after the other, 11 bytes each for IPv4 and 23 for
// IPv6:
//
//	1 byte     type of the candidate as in package ice, plus 128 for IPv6
//	4 bytes    priority
//	4 or 16    address
//	2 bytes    port
func appendCandidates(b []byte, candidates []ice.Candidate) []byte {
	for _, c := range candidates {
		if c.TCP {
			continue
		}
		kind := byte(c.Type)
		if c.Addr.Addr().Is6() {
			kind |= isIPv6
		}
		b = append(b, kind)
		b = binary.BigEndian.AppendUint32(b, c.Priority)
		b = append(b, c.Addr.Addr().AsSlice()...)
		b = binary.BigEndian.AppendUint16(b, c.Addr.Port())
	}
	return b
}

const isIPv6 = 0x80

// parseCandidates reads what appendCandidates wrote. Candidates of unknown type are skipped, as is
// everything behind a cut one and beyond the number that counts.
func parseCandidates(b []byte) []ice.Candidate {
	var candidates []ice.Candidate
	for len(b) > 0 && len(candidates) < ice.MaxCandidates {
		kind, size := b[0], 4
		if kind&isIPv6 != 0 {
			size = 16
		}
		if len(b) < 1+4+size+2 {
			break
		}
		addr, _ := netip.AddrFromSlice(b[5 : 5+size])
		port := binary.BigEndian.Uint16(b[5+size:])
		t := ice.Type(kind &^ isIPv6)
		if port != 0 && ice.Host <= t && t <= ice.Relay {
			candidates = append(candidates, ice.Candidate{
				Type:     t,
				Priority: binary.BigEndian.Uint32(b[1:]),
				Addr:     netip.AddrPortFrom(addr, port),
			})
		}
		b = b[1+4+size+2:]
	}
	return candidates
}
