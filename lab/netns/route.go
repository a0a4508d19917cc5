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

// Forward makes the namespace a router, or one that lets nothing through: those around it then reach
// it alone, and not one another.
func (ns *Namespace) Forward(t testing.TB, on bool) {
	t.Helper()
	value := "0"
	if on {
		value = "1"
	}
	ns.set(t, value, "ipv4/ip_forward", "ipv6/conf/all/forwarding")
}

// withoutIPv6 takes that family away, link-local addresses included, for all interfaces to come.
func (ns *Namespace) withoutIPv6(t testing.TB) {
	t.Helper()
	ns.set(t, "1", "ipv6/conf/all/disable_ipv6", "ipv6/conf/default/disable_ipv6")
}

// set writes a value to settings of the namespace, named below net.
func (ns *Namespace) set(t testing.TB, value string, names ...string) {
	t.Helper()
	err := ns.Do(func() error {
		for _, name := range names {
			if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("set up a namespace: %v", err)
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
