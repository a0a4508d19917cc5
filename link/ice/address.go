// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import (
	"net"
	"net/netip"

	"bellwire/internal/netx"
)

// maxHosts bounds the host candidates of one end: more addresses cost size in the offer and checks
// on the way without making a path likelier.
const maxHosts = 8

// hosts returns the addresses of this machine that are worth offering, in the order of the
// interfaces. Loopback addresses are among them only when there are no others, so that two ends on
// a machine without network still meet.
func hosts(n netx.Net, keep func(name string) bool) (addrs []netip.Addr, loopback bool, err error) {
	interfaces, err := n.Interfaces()
	if err != nil {
		return nil, false, err
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
			switch addr := addrOf(a); {
			case !addr.IsValid() || addr.IsLinkLocalUnicast() || addr.IsMulticast():
			case addr.IsLoopback():
				local = append(local, addr)
			default:
				addrs = append(addrs, addr)
			}
		}
	}
	if len(addrs) == 0 {
		addrs, loopback = local, true
	}
	return addrs[:min(len(addrs), maxHosts)], loopback, nil
}

// addrOf returns the address of an interface without its prefix length.
func addrOf(a net.Addr) netip.Addr {
	var ip net.IP
	switch a := a.(type) {
	case *net.IPNet:
		ip = a.IP
	case *net.IPAddr:
		ip = a.IP
	}
	addr, _ := netip.AddrFromSlice(ip)
	return addr.Unmap()
}
