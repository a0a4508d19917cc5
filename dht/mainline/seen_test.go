// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

import (
	"net/netip"
	"testing"

	"github.com/anacrolix/dht/v2/krpc"
)

func TestMostWitnessesMustAgreeOnOurAddress(t *testing.T) {
	var seen testimony
	node := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 6881)
	}
	ours := netip.MustParseAddrPort("198.51.100.1:4223")
	other := netip.MustParseAddrPort("198.51.100.2:4223")
	say := func(i int, addr netip.AddrPort) {
		seen.add(node(i), krpc.NodeAddr{IP: addr.Addr().AsSlice(), Port: int(addr.Port())})
	}
	expect := func(when string, want netip.AddrPort, known bool) {
		t.Helper()
		if got, ok := seen.address(); got != want || ok != known {
			t.Errorf("%s: %v, %v", when, got, ok)
		}
	}
	expect("nobody spoke", netip.AddrPort{}, false)
	say(1, ours)
	say(1, ours)
	expect("one node spoke twice", netip.AddrPort{}, false)
	say(2, ours)
	expect("two agree", ours, true)
	say(3, other)
	say(4, other)
	expect("two against two", netip.AddrPort{}, false)
	seen.add(node(5), krpc.NodeAddr{IP: []byte{1, 2, 3}, Port: 1})
	seen.add(node(6), krpc.NodeAddr{IP: []byte{1, 2, 3, 4}, Port: 70000})
	for i := range 40 {
		say(10+i, other)
	}
	expect("all later ones say something else", other, true)
	if n := len(seen.words); n != witnesses || len(seen.order) != witnesses {
		t.Errorf("%d witnesses are kept", n)
	}
}
