// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"bellwire/internal/leak"
	"bellwire/link/ice"
)

// The kernel probes the connection that was chosen while it is silent, and not those that were not.
func TestLosersAreNotProbed(t *testing.T) {
	leak.Check(t)
	cfg := loopback(t)
	a, b := gather(t, cfg, ice.Controlled), gather(t, cfg, ice.Controlling)
	loser := dialAgent(t, a)
	loser.send(framed(indication(t)))
	sa, _ := connect(t, a, b, knows(a, all), knows(b, all))
	if !probed(t, sa.(*stream).Conn) {
		t.Error("the connection that was chosen is not probed")
	}
	_ = a.Close() // the stream is in charge, and all checks are over
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.losers) == 0 {
		t.Error("no connection was put aside")
	}
	for _, p := range a.losers {
		if probed(t, p.conn) {
			t.Errorf("the connection from %v, which was not chosen, is probed", p.remote)
		}
	}
}

func probed(t *testing.T, conn net.Conn) bool {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var on int
	if failure := raw.Control(func(fd uintptr) { on, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_KEEPALIVE) }); failure != nil || err != nil {
		t.Fatal(failure, err)
	}
	return on != 0
}
