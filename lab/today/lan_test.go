// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/transport/v5"

	"bellwire/internal/netx"
	"bellwire/link/linktest"
)

// lan is a virtual network with TCP, which pion's has not: listeners and connections in memory.
type lan struct {
	linktest.LAN

	mu        sync.Mutex
	port      uint16
	listeners map[netip.AddrPort]*listener
	wires     []*linktest.Wire
}

func newLAN(t testing.TB, change ...func(*linktest.LAN)) *lan {
	l := &lan{LAN: linktest.LAN{Delay: time.Millisecond}, port: 40000, listeners: map[netip.AddrPort]*listener{}}
	for _, c := range change {
		c(&l.LAN)
	}
	l.Start(t)
	return l
}

// close waits for all connections to end, which their users have closed.
func (l *lan) close() {
	for _, w := range l.wires {
		w.Wait()
	}
}

// cutConnections makes every TCP connection lose what is sent, without a word to its ends.
func (l *lan) cutConnections() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.wires {
		w.Cut()
	}
}

// host is one machine on it.
type host struct {
	netx.Net
	lan  *lan
	addr netip.Addr
}

func (l *lan) host(t testing.TB, ip string) *host {
	return &host{Net: l.LAN.Host(t, ip), lan: l, addr: netip.MustParseAddr(ip)}
}

// own returns an address of the host with a port nobody has.
func (h *host) own() netip.AddrPort {
	h.lan.port++
	return netip.AddrPortFrom(h.addr, h.lan.port)
}

// ListenTCP implements transport.Net.
func (h *host) ListenTCP(string, *net.TCPAddr) (transport.TCPListener, error) {
	h.lan.mu.Lock()
	defer h.lan.mu.Unlock()
	l := &listener{host: h, at: h.own(), conns: make(chan net.Conn, 16), closed: make(chan struct{})}
	h.lan.listeners[l.at] = l
	return l, nil
}

// CreateDialer implements transport.Net.
func (h *host) CreateDialer(*net.Dialer) transport.Dialer { return dialer{h} }

type dialer struct{ *host }

// Dial implements transport.Dialer.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext is what net.Dialer has too.
func (d dialer) DialContext(_ context.Context, _, address string) (net.Conn, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	d.lan.mu.Lock()
	defer d.lan.mu.Unlock()
	to := d.lan.listeners[at]
	if to == nil {
		return nil, errors.New("connection refused")
	}
	wire := &linktest.Wire{Delay: d.lan.Delay}
	d.lan.wires = append(d.lan.wires, wire)
	near, far := wire.Ends()
	from := d.own()
	select {
	case to.conns <- tcpConn{far, at, from}:
		return tcpConn{near, from, at}, nil
	default:
		near.Close()
		far.Close()
		return nil, errors.New("connection refused: too many wait")
	}
}

// listener implements transport.TCPListener.
type listener struct {
	host   *host
	at     netip.AddrPort
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) AcceptTCP() (transport.TCPConn, error) { return nil, transport.ErrNotSupported }

func (l *listener) Close() error {
	l.once.Do(func() {
		l.host.lan.mu.Lock()
		defer l.host.lan.mu.Unlock()
		delete(l.host.lan.listeners, l.at)
		close(l.closed)
		for len(l.conns) > 0 {
			(<-l.conns).Close()
		}
	})
	return nil
}

func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.at) }

func (l *listener) SetDeadline(time.Time) error { return transport.ErrNotSupported }

// tcpConn is an end of a wire with addresses.
type tcpConn struct {
	net.Conn
	local, remote netip.AddrPort
}

func (c tcpConn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.local) }
func (c tcpConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }
