// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package netns

import (
	"net/netip"
	"slices"
	"testing"
)

// Star is a router and the machines around it, each on a network of its own.
type Star struct {
	Hub  *Namespace
	Ends []*Namespace
}

// Family is a version of IP.
type Family int

// The families.
const (
	IPv4 Family = 4
	IPv6 Family = 6
)

// NewStar makes a star with both families, or only those given. The end number i (from 0) has the
// addresses EndAddr(i) and EndAddr6(i); the hub has HubAddr(j) and HubAddr6(j) for j below addresses.
func NewStar(t testing.TB, ends, addresses int, families ...Family) *Star {
	t.Helper()
	v4 := len(families) == 0 || slices.Contains(families, IPv4)
	v6 := len(families) == 0 || slices.Contains(families, IPv6)
	s := &Star{Hub: New(t)}
	if !v6 {
		s.Hub.withoutIPv6(t)
	}
	s.Hub.Forward(t, true)
	for j := range addresses {
		if v4 {
			s.Hub.Address(t, "lo", netip.PrefixFrom(HubAddr(j), 32))
		}
		if v6 {
			s.Hub.Address(t, "lo", netip.PrefixFrom(HubAddr6(j), 128))
		}
	}
	for i := range ends {
		end := New(t)
		if !v6 {
			end.withoutIPv6(t)
		}
		name := "end" + string(rune('0'+i))
		Wire(t, name, s.Hub, end)
		if v4 {
			join(t, name, s.Hub, end, EndAddr(i), 24)
		}
		if v6 {
			join(t, name, s.Hub, end, EndAddr6(i), 64)
		}
		s.Ends = append(s.Ends, end)
	}
	return s
}

// join gives an end its address, and the router before it the one before that.
func join(t testing.TB, name string, hub, end *Namespace, addr netip.Addr, bits int) {
	t.Helper()
	router := addr.Prev()
	hub.Address(t, name, netip.PrefixFrom(router, bits))
	end.Address(t, name, netip.PrefixFrom(addr, bits))
	end.DefaultRoute(t, router)
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
