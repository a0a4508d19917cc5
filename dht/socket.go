// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"bellwire/dht/wire"
)

// readBuffer is longer than any datagram of the protocol but lists of very many value ids.
const readBuffer = 16 << 10

// buffers are shared by all nodes of the process.
var buffers = sync.Pool{New: func() any { return new([readBuffer]byte) }}

// maxWait is how long a packet may wait for the loop. What is older has been sent again by now.
const maxWait = 650 * time.Millisecond

// systemBuffer is asked of the system for each socket: large values come from many nodes at once. It
// gives what it allows.
const systemBuffer = 1 << 20

// readRetry is the pause after an error of a socket.
const readRetry = 10 * time.Millisecond

// packet is a datagram on its way to the loop.
type packet struct {
	buf  *[readBuffer]byte
	n    int
	from netip.AddrPort
	at   time.Time
}

// socket is a UDP socket with the fast path of *net.UDPConn where there is one.
type socket struct {
	conn  net.PacketConn
	fast  addrPortConn // nil when conn has no such methods
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
		n.socks = append(n.socks, &socket{conn: c, fast: fast, local: local, gate: newGate()})
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
		buf := buffers.Get().(*[readBuffer]byte)
		size, from, err := s.readFrom(buf[:])
		if err != nil {
			buffers.Put(buf)
			if errors.Is(err, net.ErrClosed) || n.isClosed() {
				return
			}
			// Such as an ICMP answer to something sent; the socket itself is well.
			n.log.Debug("reading a packet failed", "err", err)
			select {
			case <-time.After(readRetry):
			case <-n.closed:
			}
			continue
		}
		now := time.Now()
		if !s.gate.admit(buf[:size], from, now) {
			buffers.Put(buf)
			continue
		}
		select {
		case n.packets <- packet{buf, size, from, now}:
		case <-n.closed:
			return
		}
	}
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
		n.engine.HandlePacket(now, p.from, p.buf[:p.n])
	}
	buffers.Put(p.buf)
}

// surroundings is what the engine sees of its node.
type surroundings Node

func (h *surroundings) Send(to netip.AddrPort, datagram []byte) {
	s := (*Node)(h).socket(to.Addr().Is4())
	if err := s.writeTo(datagram, to); err != nil && !errors.Is(err, net.ErrClosed) {
		h.log.Debug("sending a packet failed", "to", to, "err", err)
	}
}
