// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import "net/netip"

// DefaultPort is the UDP port of a node unless configured otherwise.
const DefaultPort = 4222

// Unmap returns a with an IPv4-mapped IPv6 address turned into the IPv4 address it stands for, the form
// in which this package and the tables above keep addresses.
func Unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// Martian reports whether no node can have address a, so that datagrams from it are dropped and list
// entries with it skipped: port 0; IPv4 in 0.0.0.0/8, multicast and above; IPv6 multicast, unspecified
// or IPv4-mapped (Unmap source addresses first).
func Martian(a netip.AddrPort) bool {
	ip := a.Addr()
	switch {
	case a.Port() == 0 || !ip.IsValid():
		return true
	case ip.Is4():
		first := ip.As4()[0]
		return first == 0 || first >= 224
	}
	return ip.IsMulticast() || ip.IsUnspecified() || ip.Is4In6()
}

// Site returns the party that the address belongs to when limits are kept by address: an IPv4 address
// stands for itself, a global IPv6 address for its /64, since one host can have all addresses of that.
func Site(ip netip.Addr) netip.Addr {
	ip = ip.Unmap().WithZone("")
	if ip.Is4() || ip.IsLinkLocalUnicast() {
		return ip
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return ip
	}
	return prefix.Addr()
}
