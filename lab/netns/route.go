// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package netns

import (
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/vishvananda/netlink"
)

// Address gives an interface of the namespace one more address.
func (ns *Namespace) Address(t testing.TB, name string, prefix netip.Prefix) {
	t.Helper()
	if err := ns.address(name, prefix); err != nil {
		t.Fatal(err)
	}
}

// Forward makes the namespace a router.
func (ns *Namespace) Forward(t testing.TB) {
	t.Helper()
	err := ns.Do(func() error {
		for _, name := range []string{"/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding"} {
			if err := os.WriteFile(name, []byte("1"), 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("make a namespace forward packets: %v", err)
	}
}

// DefaultRoute sends what has no nearer route through a neighbour.
func (ns *Namespace) DefaultRoute(t testing.TB, via netip.Addr) {
	t.Helper()
	bits := via.BitLen()
	route := &netlink.Route{
		Dst: &net.IPNet{IP: make(net.IP, bits/8), Mask: net.CIDRMask(0, bits)},
		Gw:  via.AsSlice(),
	}
	if err := ns.handle.RouteAdd(route); err != nil {
		t.Fatalf("add a default route through %s: %v", via, err)
	}
}
