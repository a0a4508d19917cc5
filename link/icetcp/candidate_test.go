// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"fmt"
	"net/netip"
	"testing"

	"bellwire/link/ice"
)

func TestPriorities(t *testing.T) {
	order := []uint32{
		priority(ice.Host, ice.Active, 0),
		priority(ice.Host, ice.Passive, 0),
		priority(ice.Host, ice.Passive, 1),
		priority(ice.PeerReflexive, ice.Active, 0),
		priority(ice.ServerReflexive, ice.Active, 0),
		priority(ice.ServerReflexive, ice.Active, 3),
		priority(ice.Relay, ice.Passive, 0),
		priority(ice.Relay, ice.Passive, 1),
	}
	for i := 1; i < len(order); i++ {
		if order[i] >= order[i-1] {
			t.Errorf("priority %d is %x, that before it %x", i, order[i], order[i-1])
		}
	}
	// 126<<24 | (4<<13 + 8191)<<8 | 255, by RFC 6544, section 4.2.
	if got := priority(ice.Host, ice.Passive, 0); got != 0x7e9fffff {
		t.Errorf("the first host candidate has %x", got)
	}
	// Both ends give a pair the same priority, but for which is the greater one.
	if pairPriority(ice.Controlling, 5, 9) != pairPriority(ice.Controlled, 9, 5) {
		t.Error("the ends disagree")
	}
	if got := pairPriority(ice.Controlling, 9, 5); got != 5<<32+18+1 {
		t.Errorf("pair priority %x", got)
	}
}

func TestReflexiveCandidates(t *testing.T) {
	addrs := func(list ...string) (addrs []netip.Addr) {
		for _, s := range list {
			addrs = append(addrs, netip.MustParseAddr(s))
		}
		return addrs
	}
	hosts := addrs("192.168.1.2", "2001:db8::2")
	mapped := addrs("198.51.100.1", "::ffff:198.51.100.1", "192.168.1.2", "2001:db8::2", "0.0.0.0", "224.0.0.1", "198.51.100.2")
	mapped = append(mapped, netip.Addr{})
	var got []string
	for _, c := range reflexive(mapped, hosts) {
		got = append(got, fmt.Sprintf("%v %v %v %v", c.Addr, c.Type, c.TCPType, c.TCP))
	}
	if want := "[198.51.100.1:9 srflx active true 198.51.100.2:9 srflx active true]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	var many []netip.Addr
	for i := range byte(20) {
		many = append(many, netip.AddrFrom4([4]byte{198, 51, 100, i}))
	}
	if n := len(reflexive(many, nil)); n != maxReflexive {
		t.Errorf("%d candidates", n)
	}
}

func TestReachable(t *testing.T) {
	addr := netip.MustParseAddrPort("198.51.100.1:5000")
	low, high := candidate(ice.Relay, ice.Passive, 0, addr), candidate(ice.Host, ice.Passive, 0, addr)
	udp := high
	udp.TCP = false
	all := []ice.Candidate{low, candidate(ice.Host, ice.Active, 0, addr), udp, candidate(ice.Host, ice.SimultaneousOpen, 0, addr), high}
	if got := reachable(all); len(got) != 2 || got[0] != high || got[1] != low {
		t.Errorf("%v", got)
	}
}
