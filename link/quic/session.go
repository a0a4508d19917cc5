// SPDX-License-Identifier: GPL-3.0-or-later

package quic

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"

	"bellwire/link"
	"bellwire/link/ice"
)

// backlog is how many streams may wait for Accept; more are declined.
const backlog = 16

// session implements link.Session.
type session struct {
	conn      *quic.Conn
	transport *quic.Transport
	packets   *packetConn
	path      *ice.Path
	agent     *ice.Agent
	peer      link.Peer
	timeouts  link.Timeouts

	requests chan *link.Request
	running  sync.WaitGroup
	closing  sync.Once
	silent   atomic.Bool // closed by this end because the far end is silent

	done chan struct{} // closed after err is set
	err  error
}

func newSession(h *handshake, conn *quic.Conn) *session {
	s := &session{
		conn:      conn,
		transport: h.transport,
		packets:   h.conn,
		path:      h.conn.path,
		agent:     h.agent,
		peer:      h.peer,
		timeouts:  h.terms.Timeouts,
		requests:  make(chan *link.Request, backlog),
		done:      make(chan struct{}),
	}
	s.running.Go(s.acceptStreams)
	s.running.Go(s.watch)
	return s
}

// watch notes why the connection ended.
func (s *session) watch() {
	<-s.conn.Context().Done()
	s.err = explain(context.Cause(s.conn.Context()))
	if s.silent.Load() {
		s.err = errSilent
	}
	close(s.done)
}

func (s *session) Peer() link.Peer           { return s.peer }
func (s *session) RemoteAddr() net.Addr      { return s.path.RemoteAddr() }
func (s *session) LocalAddr() net.Addr       { return s.path.LocalAddr() }
func (s *session) RTT() time.Duration        { return s.conn.ConnectionStats().SmoothedRTT }
func (s *session) Media() (link.Media, bool) { return media{s.packets}, true }
func (s *session) Done() <-chan struct{}     { return s.done }

// Err implements link.Link.
func (s *session) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Close implements link.Link.
func (s *session) Close() error { return s.end(codeClosed) }

// Refuse implements link.Session.
func (s *session) Refuse() error { return s.end(codeDeclined) }

// closeCopies is how often the closing packet is sent beyond the first: with 5 % loss one in 8,000
// closes is noticed by silence only.
const closeCopies = 2

func (s *session) end(code quic.ApplicationErrorCode) error {
	s.closing.Do(func() {
		s.packets.copies.Store(closeCopies)
		_ = s.conn.CloseWithError(code, "")
		_ = s.transport.Close()
		s.agent.Close()
	})
	s.running.Wait()
	return nil
}
