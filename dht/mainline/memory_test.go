// SPDX-License-Identifier: GPL-3.0-or-later

package mainline_test

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// network is a UDP network in memory, without loss or delay.
type network struct {
	mu    sync.Mutex
	conns map[string]*conn
}

// conn is a socket of a network.
type conn struct {
	network *network
	addr    *net.UDPAddr
	queue   chan packet
	closed  chan struct{}
	once    sync.Once
}

type packet struct {
	from *net.UDPAddr
	b    []byte
}

func addrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func newNetwork() *network { return &network{conns: map[string]*conn{}} }

func (n *network) listen(addr string) *conn {
	a := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(addr))
	c := &conn{network: n, addr: a, queue: make(chan packet, 1000), closed: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns[addr] = c
	return c
}

func (c *conn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-c.queue:
		return copy(b, p.b), p.from, nil
	case <-c.closed:
		return 0, nil, net.ErrClosed
	}
}

func (c *conn) WriteTo(b []byte, to net.Addr) (int, error) {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	other := c.network.conns[to.String()]
	if other == nil {
		return len(b), nil
	}
	select {
	case other.queue <- packet{c.addr, append([]byte(nil), b...)}:
	default:
	}
	return len(b), nil
}

func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *conn) LocalAddr() net.Addr              { return c.addr }
func (c *conn) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (c *conn) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (c *conn) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
