// SPDX-License-Identifier: GPL-3.0-or-later

package jami

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"bellwire/link"
	"bellwire/link/jami/mux"
)

// keepalive is the silence after which the far end is asked for a sign of life. It is longer than
// Timeouts.Keepalive: TCP's own probes, which cost less, keep translators awake.
const keepalive = 30 * time.Second

// greeting is how long the far end's version may take; one that has told none until then has none.
const greeting = 3 * time.Second

// session implements link.Session.
type session struct {
	mux      *mux.Socket
	conn     *tls.Conn
	peer     link.Peer
	timeouts link.Timeouts
	running  sync.WaitGroup
	asked    time.Time // when it was asked whether the far end lives, zero when not; the watch's own

	settled chan struct{} // closed when it is known whether the far end answers beacons
	done    chan struct{} // closed after err is set
	err     error
}

func newSession(conn *tls.Conn, first uint16, peer link.Peer, t link.Timeouts) *session {
	s := &session{
		mux:      mux.New(conn, first, mux.Config{Name: link.MaxName, Write: t.Dead}),
		conn:     conn,
		peer:     peer,
		timeouts: t,
		settled:  make(chan struct{}),
		done:     make(chan struct{}),
	}
	s.running.Go(s.watch)
	return s
}

// watch keeps an eye on the far end and notes why the session ended. The first beacon tells the
// round-trip time. A far end that told no version answers none; only TCP shows that it is gone.
func (s *session) watch() {
	idle := max(keepalive, s.timeouts.Keepalive)
	timer, patience := time.NewTimer(idle), time.NewTimer(greeting)
	defer timer.Stop()
	defer patience.Stop()
	settle := sync.OnceFunc(func() { close(s.settled) })
	greeted := s.mux.Greeted()
	for {
		select {
		case <-greeted:
			greeted = nil
			s.mux.Beacon()
			settle()
		case <-patience.C:
			settle()
		case <-timer.C:
			timer.Reset(s.checkLife(idle))
		case <-s.mux.Done():
			s.err = s.reason(s.mux.Err())
			close(s.done)
			return
		}
	}
}

// checkLife returns when to check again.
func (s *session) checkLife(idle time.Duration) time.Duration {
	quiet := s.mux.Quiet()
	switch {
	case s.mux.Version() == 0:
		return idle
	case !s.asked.IsZero() && quiet > time.Since(s.asked): // nothing came since; an answer may come at once
		s.mux.Abort(errSilent)
		return idle
	case !s.asked.IsZero() || quiet < idle:
		s.asked = time.Time{}
		return max(0, idle-quiet)
	}
	s.asked = time.Now()
	s.mux.Beacon()
	return s.timeouts.Dead
}

// reason explains why the socket ended. A TLS server that does not accept our proof says so after our
// handshake is over and before anything else.
func (s *session) reason(err error) error {
	if isAlert(err) && !s.mux.Heard() {
		return refusedUs(err)
	}
	return explain(err)
}

func (s *session) Peer() link.Peer           { return s.peer }
func (s *session) RemoteAddr() net.Addr      { return s.conn.RemoteAddr() }
func (s *session) LocalAddr() net.Addr       { return s.conn.LocalAddr() }
func (s *session) RTT() time.Duration        { return s.mux.RTT() }
func (s *session) Media() (link.Media, bool) { return nil, false }
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

// probeName is the stream a far end that answers no beacons is asked for: it declines it.
const probeName = "probe"

// Probe implements link.Link.
func (s *session) Probe(ctx context.Context) error {
	select {
	case <-s.settled:
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.mux.Version() > 0 {
		return s.explain(ctx, s.mux.Ping(ctx))
	}
	conn, err := s.mux.Open(ctx, probeName)
	switch {
	case err == nil:
		return conn.Close()
	case errors.Is(err, mux.ErrDeclined):
		return nil
	}
	return s.explain(ctx, err)
}

// explain turns the error of a wait into one of package link: why the session ended if it was that, or
// the context's own, or that of the operation.
func (s *session) explain(ctx context.Context, err error) error {
	switch end := s.mux.Err(); {
	case err == nil:
		return nil
	case end != nil && errors.Is(err, end):
		<-s.done
		return s.err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return explain(err)
}

// Close implements link.Link.
func (s *session) Close() error {
	err := s.mux.Close()
	s.running.Wait()
	return err
}

// Refuse implements link.Session.
func (s *session) Refuse() error {
	err := s.mux.Refuse()
	s.running.Wait()
	return err
}
