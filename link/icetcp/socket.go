// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"context"
	"net"
	"net/netip"
	"time"

	"bellwire/internal/netx"
)

// dialLimit is how long a connection may take to come up, which leaves TCP four tries.
const dialLimit = 10 * time.Second

func dial(ctx context.Context, n netx.Net, address string) (net.Conn, error) {
	return netx.DialTCP(ctx, n, address, dialLimit)
}

// A connection on which nothing is sent is probed by the kernel: often enough for translators to
// keep it, and so that one whose far end is gone fails within half a minute. Jami says something every
// 20 s, so that it comes to probes only when that does not arrive.
const (
	keepaliveIdle     = 21 * time.Second
	keepaliveInterval = 3 * time.Second
	keepaliveCount    = 3
)

// tune prepares a connection for checks and what follows.
func tune(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	_ = tcp.SetNoDelay(true) // no setting is vital
	_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable: true, Idle: keepaliveIdle, Interval: keepaliveInterval, Count: keepaliveCount,
	})
}

// spare has the kernel probe a connection no more.
func spare(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetKeepAlive(false)
	}
}

// setAbrupt decides what the kernel does with a connection that is closed: abruptly it tells the far
// end so with a reset. That is how a connection in use should end when our process dies: an orderly end may
// be one of the sending direction alone. Jami looks at neither at once, but with a reset it fails when it next
// sends its keepalive, after 20 s, and without one only at the keepalive after that. Who closes the connection
// on purpose sets it back, and the kernel delivers what was written.
func setAbrupt(conn net.Conn, abrupt bool) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		linger := -1
		if abrupt {
			linger = 0
		}
		_ = tcp.SetLinger(linger)
	}
}

// addrPort returns the address of one end of a connection, invalid for one that is not TCP.
func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		ap := tcp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
	}
	return netip.AddrPort{}
}
