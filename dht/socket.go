// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"bellwire/dht/wire"
)

// readBuffer is the longest datagram there is.
const readBuffer = 1 << 16

// buffers are shared by all nodes of the process. Each is in use only while a datagram that is there is
// read, so a few do for many sockets.
var buffers = make(chan *[readBuffer]byte, 8)

func init() {
	for range cap(buffers) {
		buffers <- nil // made when needed
	}
}

// maxWait is how long a packet may wait for the loop. What is older has been sent again by now.
const maxWait = 650 * time.Millisecond

// systemBuffer is asked of the system for each socket: large values come from many nodes at once. It
// gives what it allows.
const systemBuffer = 1 << 20

// readRetry is the pause after an error of a socket.
const readRetry = 10 * time.Millisecond

// packet is a datagram on its way to the loop.
type packet struct {
	bytes []byte
	from  netip.AddrPort
	at    time.Time
}

// socket is a UDP socket with the fast path of *net.UDPConn where there is one.
type socket struct {
	conn  net.PacketConn
	fast  addrPortConn // nil when conn has no such methods
	await func() error // until there is something to read; nil where that cannot be known,
	own   []byte       // and then this buffer is used
	local netip.AddrPort
	gate  *gate // of the reading goroutine
}

type addrPortConn interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
}

// takeSockets checks that there is at most one socket for each family.
func (n *Node) takeSockets(conns []net.PacketConn) error {
	for _, c := range conns {
		local, err := addrPort(c.LocalAddr())
		if err != nil {
			return err
		}
		if n.socket(local.Addr().Is4()) != nil {
			return fmt.Errorf("dht: two sockets of one address family, the second is %s; give one for IPv4 and one for IPv6", local)
		}
		fast, _ := c.(addrPortConn)
		if c, ok := c.(interface{ SetReadBuffer(int) error }); ok {
			if err := c.SetReadBuffer(systemBuffer); err != nil {
				n.log.Debug("the receive buffer of the socket keeps its size", "err", err)
			}
		}
		s := &socket{conn: c, fast: fast, await: awaiter(c), local: local, gate: newGate()}
		if s.await == nil {
			s.own = make([]byte, readBuffer)
		}
		n.socks = append(n.socks, s)
	}
	if len(n.socks) == 0 {
		return errors.New("dht: a node needs at least one UDP socket")
	}
	return nil
}

func addrPort(a net.Addr) (netip.AddrPort, error) {
	udp, ok := a.(*net.UDPAddr)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("dht: %s is not the address of a UDP socket", a)
	}
	return wire.Unmap(udp.AddrPort()), nil
}

// socket returns the socket of a family, or nil.
func (n *Node) socket(v4 bool) *socket {
	for _, s := range n.socks {
		if s.local.Addr().Is4() == v4 {
			return s
		}
	}
	return nil
}

// Addrs returns the local addresses of the sockets.
func (n *Node) Addrs() []netip.AddrPort {
	var addrs []netip.AddrPort
	for _, s := range n.socks {
		addrs = append(addrs, s.local)
	}
	return addrs
}

// read hands datagrams to the loop until the socket is closed.
func (n *Node) read(s *socket) {
	for {
		p, err := s.next()
		switch {
		case err == nil && p.bytes == nil: // turned away
		case err == nil:
			select {
			case n.packets <- p:
			case <-n.closed:
				return
			}
		case errors.Is(err, net.ErrClosed) || n.isClosed():
			return
		default:
			// Such as an ICMP answer to something sent; the socket itself is well.
			n.log.Debug("reading a packet failed", "err", err)
			select {
			case <-time.After(readRetry):
			case <-n.closed:
			}
		}
	}
}

// next reads one datagram. Its bytes are nil when the gate turned it away.
func (s *socket) next() (packet, error) {
	if s.await == nil {
		return s.readInto(s.own)
	}
	if err := s.await(); err != nil {
		return packet{}, err
	}
	buf := <-buffers
	if buf == nil {
		buf = new([readBuffer]byte)
	}
	defer func() { buffers <- buf }()
	return s.readInto(buf[:])
}

func (s *socket) readInto(buf []byte) (packet, error) {
	size, from, err := s.readFrom(buf)
	if err != nil {
		return packet{}, err
	}
	now := time.Now()
	if !s.gate.admit(buf[:size], from, now) {
		return packet{}, nil
	}
	return packet{bytes.Clone(buf[:size]), from, now}, nil
}

func (n *Node) isClosed() bool {
	select {
	case <-n.closed:
		return true
	default:
		return false
	}
}

func (s *socket) readFrom(b []byte) (int, netip.AddrPort, error) {
	if s.fast != nil {
		return s.fast.ReadFromUDPAddrPort(b)
	}
	size, addr, err := s.conn.ReadFrom(b)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	from, err := addrPort(addr)
	return size, from, err
}

func (s *socket) writeTo(b []byte, to netip.AddrPort) error {
	var err error
	if s.fast != nil {
		_, err = s.fast.WriteToUDPAddrPort(b, to)
	} else {
		_, err = s.conn.WriteTo(b, net.UDPAddrFromAddrPort(to))
	}
	return err
}

// receive gives a packet to the engine.
func (n *Node) receive(p packet) {
	if now := time.Now(); now.Sub(p.at) < maxWait {
		n.engine.HandlePacket(now, p.from, p.bytes)
	}
}

// surroundings is what the engine sees of its node.
type surroundings Node

func (h *surroundings) Send(to netip.AddrPort, datagram []byte) {
	s := (*Node)(h).socket(to.Addr().Is4())
	if err := s.writeTo(datagram, to); err != nil && !errors.Is(err, net.ErrClosed) {
		h.log.Debug("sending a packet failed", "to", to, "err", err)
	}
}
