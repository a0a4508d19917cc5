// SPDX-License-Identifier: GPL-3.0-or-later

package quic

import (
	"net"
	"sync/atomic"
	"time"

	"bellwire/link/ice"
)

// pathAddr is the address of both ends as QUIC sees them: where packets really go is ICE's business
// and may change.
type pathAddr struct{}

func (pathAddr) Network() string { return "ice" }
func (pathAddr) String() string  { return "192.0.2.1:9" } // RFC 5737: no host has it

var farEnd net.Addr = pathAddr{}

// packetConn is the path as quic-go wants to see it. quic-go's reading goroutine is the one that
// reads the path; on its way it hands media packets to their routes.
type packetConn struct {
	path   *ice.Path
	routes routes
	// copies is how many more times every packet is sent. Nothing repeats the packet that closes a
	// connection when it is lost, so it goes out several times.
	copies atomic.Int32
}

func newPacketConn(path *ice.Path) *packetConn { return &packetConn{path: path} }

// Bounds of the first byte of media packets (RFC 9443, section 3).
const (
	firstMedia = 128
	lastMedia  = 191
)

func isMedia(first byte) bool { return firstMedia <= first && first <= lastMedia }

// ReadFrom returns the next packet that is QUIC's.
func (c *packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, err := c.path.Read(b)
		if err != nil {
			return 0, nil, err
		}
		if n == 0 {
			continue
		}
		if isMedia(b[0]) {
			c.routes.deliver(b[:n])
			continue
		}
		return n, farEnd, nil
	}
}

// WriteTo sends a packet to the far end, whatever the address.
func (c *packetConn) WriteTo(b []byte, _ net.Addr) (int, error) {
	for range c.copies.Load() {
		if _, err := c.path.Write(b); err != nil {
			return 0, err
		}
	}
	return c.path.Write(b)
}

func (c *packetConn) LocalAddr() net.Addr               { return farEnd }
func (c *packetConn) SetReadDeadline(t time.Time) error { return c.path.SetReadDeadline(t) }
func (c *packetConn) SetWriteDeadline(time.Time) error  { return nil }
func (c *packetConn) SetDeadline(t time.Time) error     { return c.path.SetReadDeadline(t) }

// Close does nothing: the path ends with its agent.
func (c *packetConn) Close() error { return nil }

// SetReadBuffer and SetWriteBuffer are asked for by quic-go; the sockets below belong to ICE.
func (c *packetConn) SetReadBuffer(int) error  { return nil }
func (c *packetConn) SetWriteBuffer(int) error { return nil }
