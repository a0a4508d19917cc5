// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// errorPause is the wait after a socket's error, so that a lasting one does not keep a core busy.
const errorPause = 100 * time.Millisecond

// guard is the socket the library sees. It reads only what passed check and the limits, and fails only
// when closed: the library panics at any other failure.
type guard struct {
	net.PacketConn
	limits *limiter
	seen   testimony
	closed chan struct{}
	once   sync.Once
	err    error // of closing
}

func newGuard(conn net.PacketConn, l limits) *guard {
	return &guard{PacketConn: conn, limits: newLimiter(l), closed: make(chan struct{})}
}

// ReadFrom waits for the next datagram that may be handed on.
func (g *guard) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, addr, err := g.PacketConn.ReadFrom(b)
		select {
		case <-g.closed:
			return 0, nil, net.ErrClosed
		default:
		}
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				<-g.closed // somebody else closed the socket; there is nothing to read till we are closed
				return 0, nil, net.ErrClosed
			}
			g.pause()
			continue
		}
		from, ok := usable(addr)
		if !ok {
			continue
		}
		v, m := check(b[:n])
		if !g.limits.allow(time.Now(), from.Addr(), v) {
			continue
		}
		if v == answer {
			g.seen.add(from, m.IP)
		}
		return n, addr, nil
	}
}

// usable returns the address of a source that the library can deal with and that may be answered.
func usable(addr net.Addr) (netip.AddrPort, bool) {
	udp, ok := addr.(*net.UDPAddr)
	if !ok || udp.Port == 0 {
		return netip.AddrPort{}, false
	}
	from := udp.AddrPort()
	ip := from.Addr().Unmap()
	return netip.AddrPortFrom(ip, from.Port()), from.IsValid() && !ip.IsUnspecified() && !ip.IsMulticast()
}

func (g *guard) pause() {
	select {
	case <-time.After(errorPause):
	case <-g.closed:
	}
}

// Close closes the socket. The library calls it too.
func (g *guard) Close() error {
	g.once.Do(func() {
		close(g.closed)
		g.err = g.PacketConn.Close()
	})
	return g.err
}
