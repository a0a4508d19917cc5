// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamilink

import (
	"context"
	"net"
	"testing"

	"github.com/pion/transport/v5"

	"bellwire/internal/netx"
	"bellwire/lab/netns"
)

// inside makes the sockets of a machine.
type inside struct {
	netx.Net
	ns *netns.Namespace
}

func newInside(t testing.TB, ns *netns.Namespace) inside {
	t.Helper()
	n := inside{ns: ns}
	err := ns.Do(func() (err error) {
		n.Net, err = netx.Host()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// ListenUDP implements transport.Net.
func (n inside) ListenUDP(network string, addr *net.UDPAddr) (conn transport.UDPConn, err error) {
	err = n.ns.Do(func() error {
		conn, err = n.Net.ListenUDP(network, addr)
		return err
	})
	return conn, err
}

// ListenTCP implements transport.Net.
func (n inside) ListenTCP(network string, addr *net.TCPAddr) (l transport.TCPListener, err error) {
	err = n.ns.Do(func() error {
		l, err = n.Net.ListenTCP(network, addr)
		return err
	})
	return l, err
}

// CreateDialer implements transport.Net.
func (n inside) CreateDialer(d *net.Dialer) transport.Dialer { return dialer{d, n.ns} }

type dialer struct {
	*net.Dialer
	ns *netns.Namespace
}

// Dial implements transport.Dialer.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext is what netx asks a dialer for. An address with two families would be dialled by
// goroutines outside; there are none here.
func (d dialer) DialContext(ctx context.Context, network, address string) (conn net.Conn, err error) {
	err = d.ns.Do(func() error {
		conn, err = d.Dialer.DialContext(ctx, network, address)
		return err
	})
	return conn, err
}
