// SPDX-License-Identifier: GPL-3.0-or-later

package linktest

import (
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"github.com/pion/transport/v5"

	"bellwire/internal/netx"
)

// jitterNet delays every datagram by a random time, so that they overtake one another. vnet's own
// jitter keeps their order and stalls a bubble's clock.
type jitterNet struct {
	netx.Net
	most time.Duration
}

// ListenUDP implements transport.Net.
func (n jitterNet) ListenUDP(network string, addr *net.UDPAddr) (transport.UDPConn, error) {
	conn, err := n.Net.ListenUDP(network, addr)
	if err != nil {
		return nil, err
	}
	return jitterConn{conn, n.most}, nil
}

type jitterConn struct {
	transport.UDPConn
	most time.Duration
}

// WriteTo implements net.PacketConn.
func (c jitterConn) WriteTo(p []byte, to net.Addr) (int, error) {
	p = slices.Clone(p)
	time.AfterFunc(rand.N(c.most), func() { _, _ = c.UDPConn.WriteTo(p, to) })
	return len(p), nil
}
