// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"net/netip"
	"testing"
	"time"

	"bellwire/dht/wire"
)

// Requests beyond the limit of an address are turned away; answers to our own are not.
func TestGate(t *testing.T) {
	g, now := newGate(), time.Unix(1_700_000_000, 0)
	from := netip.MustParseAddrPort("10.0.0.1:4222")
	put := (&wire.Message{Kind: wire.Put, TID: 1, ID: wire.Hash{1}, Target: wire.Hash{2}, Token: []byte("t")}).Append(nil)
	reply := (&wire.Message{Kind: wire.Reply, TID: 1, ID: wire.Hash{1}}).Append(nil)
	admitted := 0
	for i := range 10_000 {
		if g.admit(put, netip.AddrPortFrom(from.Addr(), uint16(i+1)), now) {
			admitted++
		}
	}
	if admitted != 1024 {
		t.Errorf("%d requests of one address were admitted", admitted)
	}
	if !g.admit(reply, from, now) {
		t.Error("an answer was turned away")
	}
	if !g.admit(put, netip.MustParseAddrPort("10.0.0.2:4222"), now) {
		t.Error("another address was turned away")
	}
	if !g.admit(put, from, now.Add(time.Second)) {
		t.Error("turned away a second later")
	}
	for _, odd := range [][]byte{nil, {0x80}, {0x81, 0xa1}, []byte("hello")} {
		g.admit(odd, from, now)
	}
}
