// SPDX-License-Identifier: GPL-3.0-or-later

package value

import (
	"encoding/binary"
	"net/netip"
)

// Some payloads hold Linux's C structures of socket addresses as they lie in memory, with the family in
// the byte order of the machine; practically all are little-endian:
//
//	sockaddr_in    family (2) port (2) address (4) zeros (8)
//	sockaddr_in6   family (2) port (2) flow label (4) address (16) scope (4)
const (
	sockaddr4Len = 16
	sockaddr6Len = 28
	familyINET   = 2
	familyINET6  = 10
)

func appendSockaddr(b []byte, a netip.AddrPort) []byte {
	ip := a.Addr().Unmap()
	if ip.Is4() {
		b = binary.LittleEndian.AppendUint16(b, familyINET)
		b = binary.BigEndian.AppendUint16(b, a.Port())
		b = append(b, ip.AsSlice()...)
		return append(b, make([]byte, 8)...)
	}
	b = binary.LittleEndian.AppendUint16(b, familyINET6)
	b = binary.BigEndian.AppendUint16(b, a.Port())
	b = append(b, make([]byte, 4)...)
	b = append(b, ip.AsSlice()...)
	return append(b, make([]byte, 4)...)
}

// parseSockaddr reads either structure, with the family in either byte order.
func parseSockaddr(b []byte) (netip.AddrPort, bool) {
	if len(b) < sockaddr4Len {
		return netip.AddrPort{}, false
	}
	family := max(b[0], b[1])
	port := binary.BigEndian.Uint16(b[2:])
	switch {
	case b[0] != 0 && b[1] != 0:
	case family == familyINET && len(b) == sockaddr4Len:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), port), true
	case family == familyINET6 && len(b) == sockaddr6Len:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])).Unmap(), port), true
	}
	return netip.AddrPort{}, false
}
