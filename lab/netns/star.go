// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package netns

import (
	"net/netip"
	"testing"
)

// Star is a router and the machines around it, each on a network of its own.
type Star struct {
	Hub  *Namespace
	Ends []*Namespace
}

// NewStar makes a star. The end number i (from 0) has the addresses EndAddr(i) and EndAddr6(i); the
// hub has HubAddr(j) and HubAddr6(j) for j below addresses.
func NewStar(t testing.TB, ends, addresses int) *Star {
	t.Helper()
	s := &Star{Hub: New(t)}
	s.Hub.Forward(t)
	for j := range addresses {
		s.Hub.Address(t, "lo", netip.PrefixFrom(HubAddr(j), 32))
		s.Hub.Address(t, "lo", netip.PrefixFrom(HubAddr6(j), 128))
	}
	for i := range ends {
		end := New(t)
		name := "end" + string(rune('0'+i))
		router, router6 := EndAddr(i).Prev(), EndAddr6(i).Prev()
		Connect(t, name, s.Hub, netip.PrefixFrom(router, 24), end, netip.PrefixFrom(EndAddr(i), 24))
		s.Hub.Address(t, name, netip.PrefixFrom(router6, 64))
		end.Address(t, name, netip.PrefixFrom(EndAddr6(i), 64))
		end.DefaultRoute(t, router)
		end.DefaultRoute(t, router6)
		s.Ends = append(s.Ends, end)
	}
	return s
}

// EndAddr is the IPv4 address of an end, from 0.
func EndAddr(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 77, byte(1 + i), 2}) }

// HubAddr is an IPv4 address of the hub, from 0.
func HubAddr(j int) netip.Addr { return netip.AddrFrom4([4]byte{10, 77, 0, byte(1 + j)}) }

// EndAddr6 is the IPv6 address of an end, from 0.
func EndAddr6(i int) netip.Addr { return address6(byte(1+i), 2) }

// HubAddr6 is an IPv6 address of the hub, from 0.
func HubAddr6(j int) netip.Addr { return address6(0, byte(1+j)) }

// address6 is in fd77::/16, a range for private use.
func address6(network, host byte) netip.Addr {
	return netip.AddrFrom16([16]byte{0: 0xfd, 1: 0x77, 7: network, 15: host})
}
