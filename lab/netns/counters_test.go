// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package netns

import (
	"net"
	"net/netip"
	"testing"

	"bellwire/internal/leak"
)

func TestCountersOfAnInterface(t *testing.T) {
	leak.Check(t)
	a, b := New(t), New(t)
	Connect(t, "eth0", a, netip.MustParsePrefix("10.77.0.1/24"), b, netip.MustParsePrefix("10.77.0.2/24"))
	conn, err := a.ListenPacket("udp4", "10.77.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, before := a.Counters(t, "eth0")
	to := net.UDPAddrFromAddrPort(netip.MustParseAddrPort("10.77.0.2:9"))
	if _, err := conn.WriteTo(make([]byte, 1000), to); err != nil {
		t.Fatal(err)
	}
	_, after := a.Counters(t, "eth0")
	if sent := after.Bytes - before.Bytes; sent < 1000 || sent > 2000 {
		t.Errorf("%d bytes were sent for a datagram of 1000", sent)
	}
}
