// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package netns

import (
	"net/netip"
	"testing"

	"bellwire/internal/leak"
)

func TestSocketsAreThoseOfTheNamespace(t *testing.T) {
	leak.Check(t)
	ns := New(t)
	for _, listen := range []struct{ network, address string }{{"udp4", "127.0.0.1:4222"}, {"udp6", "[::1]:4223"}} {
		conn, err := ns.ListenPacket(listen.network, listen.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	all, err := ns.Sockets()
	if err != nil || len(all) != 2 {
		t.Fatalf("the sockets are %v, %v", all, err)
	}
	if all[0].Protocol != "udp" || all[0].Local != netip.MustParseAddrPort("127.0.0.1:4222") || all[0].Remote.Port() != 0 {
		t.Errorf("the first socket is %v", all[0])
	}
	if all[1].Protocol != "udp6" || all[1].Local != netip.MustParseAddrPort("[::1]:4223") {
		t.Errorf("the second socket is %v", all[1])
	}
}
