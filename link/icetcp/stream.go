// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"bellwire/link/icetcp/relay"
)

// streamBuffer holds what one system call receives, in bytes.
const streamBuffer = 32 << 10

// stream is the nominated connection as net.Conn: without frames and STUN.
type stream struct {
	net.Conn
	own    secret
	remote netip.AddrPort
	relay  *relay.Allocation // that carries the connection, nil without
	agent  *Agent            // with the connections that lost; ends with it
	ack    func()            // lets the far end go on, see hasten

	closed  sync.Once
	closing atomic.Bool
	err     error // of Close

	reading sync.Mutex
	in      demux
	early   []byte // data from before the nomination

	out writer
}

// newStream takes over what the pair has.
func newStream(p *pair) *stream {
	s := &stream{Conn: p.conn, own: p.agent.own, remote: p.remote, relay: p.relay, in: p.in, early: p.early}
	s.in.grow(streamBuffer)
	s.out.conn = p.conn
	s.agent, s.ack = p.agent, hasten(p.conn)
	_ = p.conn.SetDeadline(time.Time{})
	setAbrupt(p.conn, true)
	return s
}

// RemoteAddr is the far end's address, also when a relay of ours is in between.
func (s *stream) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(s.remote) }

// LocalAddr is our address of the pair: the relayed one if a relay of ours is in between.
func (s *stream) LocalAddr() net.Addr {
	if s.relay != nil {
		return net.TCPAddrFromAddrPort(s.relay.Addr())
	}
	return s.Conn.LocalAddr()
}

// Read implements net.Conn.
func (s *stream) Read(b []byte) (int, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	if len(s.early) > 0 {
		n := copy(b, s.early)
		if s.early = s.early[n:]; len(s.early) == 0 {
			s.early = nil
		}
		return n, nil
	}
	for {
		kind, received := s.in.next()
		switch kind {
		case data:
			n := copy(b, received)
			s.in.take(n)
			return n, nil
		case message:
			s.answer(received)
			continue
		}
		if len(b) == 0 {
			return 0, nil
		}
		n, done, err := s.in.direct(s.Conn, b)
		if !done {
			err = s.in.fill(s.Conn)
		}
		s.ack()
		switch {
		case err != nil && s.closing.Load():
			return n, net.ErrClosed
		case errors.Is(err, io.EOF) && !s.in.empty():
			return n, io.ErrUnexpectedEOF
		case done || err != nil:
			return n, err
		}
	}
}

// answer answers a check, with which the far end sees whether the connection lives. Answers to checks of
// ours that were sent again mean nothing any more, nor do indications.
func (s *stream) answer(b []byte) {
	m, err := parse(b)
	if err != nil {
		return
	}
	if reply, err := reply(m, s.remote, s.own); err == nil && reply != nil {
		s.out.answer(framed(reply))
	}
}

// Write implements net.Conn.
func (s *stream) Write(b []byte) (int, error) { return s.out.write(b) }

// SetWriteDeadline implements net.Conn.
func (s *stream) SetWriteDeadline(t time.Time) error { return s.out.setDeadline(t) }

// SetDeadline implements net.Conn.
func (s *stream) SetDeadline(t time.Time) error {
	if err := s.Conn.SetReadDeadline(t); err != nil {
		return err
	}
	return s.out.setDeadline(t)
}

// Close implements net.Conn. What was written still arrives.
func (s *stream) Close() error {
	s.closed.Do(func() {
		s.closing.Store(true)
		setAbrupt(s.Conn, false)
		if s.relay != nil {
			s.settle()
		}
		s.err = s.Conn.Close()
		s.agent.release()
	})
	return s.err
}

// settleLimit bounds how long Close waits for a relay.
const settleLimit = 500 * time.Millisecond

// settle waits until the far end has closed its side too: with the allocation the relay drops what it
// has not passed on.
func (s *stream) settle() {
	end, ok := s.Conn.(interface{ CloseWrite() error })
	if !ok || end.CloseWrite() != nil {
		return
	}
	_ = s.Conn.SetReadDeadline(time.Now().Add(settleLimit))
	_, _ = io.Copy(io.Discard, s.Conn)
}
