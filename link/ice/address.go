// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import (
	"encoding/binary"
	"net"
	"net/netip"

	"bellwire/internal/netx"
)

// maxHosts bounds the host candidates of one end: more addresses cost size in the offer and checks
// on the way without making a path likelier.
const maxHosts = 8

// Surroundings are the addresses around an end.
type Surroundings struct {
	// Hosts are the addresses of this machine that are worth offering, in the order of the interfaces.
	Hosts []netip.Addr
	// Loopback is true when Hosts are loopback addresses. They are only when there are no others, so
	// that two ends on a machine without network still meet.
	Loopback bool
	// broadcasts are the addresses that stand for all hosts of a network of ours.
	broadcasts []netip.Addr
}

// LookAround lists the addresses of the interfaces that are up and that keep, when set, names as
// usable.
func LookAround(n netx.Net, keep func(name string) bool) (s Surroundings, err error) {
	interfaces, err := n.Interfaces()
	if err != nil {
		return s, err
	}
	var local []netip.Addr
	for _, ifi := range interfaces {
		if ifi.Flags&net.FlagUp == 0 || keep != nil && !keep(ifi.Name) {
			continue
		}
		list, err := ifi.Addrs()
		if err != nil {
			continue
		}
		for _, a := range list {
			prefix := prefixOf(a)
			s.broadcasts = append(s.broadcasts, broadcastsOf(prefix)...)
			switch addr := prefix.Addr(); {
			case !addr.IsValid() || addr.IsLinkLocalUnicast() || addr.IsMulticast():
			case addr.IsLoopback():
				local = append(local, addr)
			default:
				s.Hosts = append(s.Hosts, addr)
			}
		}
	}
	if len(s.Hosts) == 0 {
		s.Hosts, s.Loopback = local, true
	}
	s.Hosts = s.Hosts[:min(len(s.Hosts), maxHosts)]
	return s, nil
}

// prefixOf returns the address of an interface with the length of its network's prefix.
func prefixOf(a net.Addr) netip.Prefix {
	switch a := a.(type) {
	case *net.IPNet:
		addr, _ := netip.AddrFromSlice(a.IP)
		ones, _ := a.Mask.Size()
		if addr.Is4In6() && len(a.Mask) == net.IPv6len {
			ones -= 96
		}
		return netip.PrefixFrom(addr.Unmap(), ones)
	case *net.IPAddr:
		addr, _ := netip.AddrFromSlice(a.IP)
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen())
	}
	return netip.Prefix{}
}

// broadcastsOf returns the first and the last address of an IPv4 network, which all its hosts hear.
// Networks of one or two hosts have none (RFC 3021).
func broadcastsOf(p netip.Prefix) []netip.Addr {
	if !p.IsValid() || !p.Addr().Is4() || p.Bits() > 30 {
		return nil
	}
	first := p.Masked().Addr()
	last := binary.BigEndian.Uint32(first.AsSlice()) | (1<<(32-p.Bits()) - 1)
	return []netip.Addr{first, netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, last)))}
}
