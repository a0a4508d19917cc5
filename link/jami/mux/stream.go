// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// phase is how far a stream is.
type phase byte

const (
	asking phase = iota // this end asked for it
	asked               // the far end did
	open
	ended // no longer in the socket's table
)

// stream is one named channel. Everything but the fixed part is guarded by Socket.mu.
type stream struct {
	m      *Socket
	number uint16
	name   string
	theirs bool       // the far end asked for it
	answer chan error // of a stream this end asked for; has room for one

	state    phase
	err      error // why it ended; io.EOF when the far end closed it
	collided bool  // the far end asked for the same number at the same time

	in       buffer
	readable *sync.Cond
	readBy   deadline

	writing  bool
	out      []byte // what is left of the write under way
	sent     int    // what was taken of it
	queued   bool   // in Socket.ready, before the stream behind
	behind   *stream
	writable *sync.Cond
	writeBy  deadline
}

func (m *Socket) newStreamLocked(number uint16, name string, theirs bool) *stream {
	s := &stream{
		m:        m,
		number:   number,
		name:     name,
		theirs:   theirs,
		answer:   make(chan error, 1),
		readable: sync.NewCond(&m.mu),
		writable: sync.NewCond(&m.mu),
	}
	if theirs {
		s.state = asked
	}
	m.streams[number] = s
	m.counts[side(theirs)]++
	return s
}

func side(theirs bool) int {
	if theirs {
		return 1
	}
	return 0
}

// endLocked takes the stream out of the table. Its user can read what has come before.
func (s *stream) endLocked(why error) {
	if s.state == ended {
		return
	}
	if s.state == asking {
		s.answer <- why
	}
	s.state, s.err = ended, why
	delete(s.m.streams, s.number)
	s.m.counts[side(s.theirs)]--
	s.out = nil
	s.readable.Broadcast()
	s.writable.Broadcast()
	s.m.space.Broadcast()
}

// closeLocked ends the stream and tells the far end.
func (s *stream) closeLocked(why error) {
	switch s.state {
	case asked:
		s.m.controlLocked(s.name, s.number, declined)
	case asking, open:
		s.m.urgentLocked(0, func(b []byte) []byte { return appendFrame(b, s.number, nil) })
	}
	s.endLocked(why)
}

// Read implements net.Conn.
func (s *stream) Read(p []byte) (int, error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	for {
		switch {
		case errors.Is(s.err, net.ErrClosed):
			return 0, s.err
		case s.readBy.passed:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case s.in.size > 0:
			n := s.in.read(p)
			s.m.space.Signal()
			return n, nil
		case s.state == ended:
			return 0, s.err
		}
		s.readable.Wait()
	}
}

// Write implements net.Conn. What is no longer than a frame goes out as one.
func (s *stream) Write(p []byte) (int, error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	for s.writing && s.unwritable() == nil {
		s.writable.Wait()
	}
	if err := s.unwritable(); err != nil || len(p) == 0 {
		return 0, err
	}
	s.writing, s.out, s.sent = true, p, 0
	s.m.ready.push(s)
	s.m.work.Signal()
	for s.sent < len(p) && s.unwritable() == nil {
		s.writable.Wait()
	}
	err := s.unwritable()
	if s.sent == len(p) {
		err = nil
	}
	s.writing, s.out = false, nil
	s.writable.Broadcast()
	return s.sent, err
}

// unwritable says why nothing can be written now.
func (s *stream) unwritable() error {
	switch {
	case s.state == ended && errors.Is(s.err, io.EOF):
		return io.ErrClosedPipe
	case s.state == ended:
		return s.err
	case s.writeBy.passed:
		return os.ErrDeadlineExceeded
	}
	return nil
}

// Close implements net.Conn. What was written still goes out as long as the socket lives; what was
// not read is gone.
func (s *stream) Close() error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.closeLocked(net.ErrClosed)
	s.err, s.in = net.ErrClosed, buffer{}
	s.readBy.clear()
	s.writeBy.clear()
	return nil
}

// LocalAddr implements net.Conn.
func (s *stream) LocalAddr() net.Addr { return s.m.conn.LocalAddr() }

// RemoteAddr implements net.Conn.
func (s *stream) RemoteAddr() net.Addr { return s.m.conn.RemoteAddr() }

// SetDeadline implements net.Conn.
func (s *stream) SetDeadline(t time.Time) error {
	_ = s.SetReadDeadline(t)
	return s.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (s *stream) SetReadDeadline(t time.Time) error {
	s.readBy.set(t, s.readable)
	return nil
}

// SetWriteDeadline implements net.Conn.
func (s *stream) SetWriteDeadline(t time.Time) error {
	s.writeBy.set(t, s.writable)
	return nil
}
