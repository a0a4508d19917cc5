// SPDX-License-Identifier: GPL-3.0-or-later

package quic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"bellwire/link"
)

// stream is a QUIC stream as net.Conn.
type stream struct {
	*quic.Stream
	session *session
}

func (c *stream) LocalAddr() net.Addr  { return c.session.LocalAddr() }
func (c *stream) RemoteAddr() net.Addr { return c.session.RemoteAddr() }

// Read implements net.Conn.
func (c *stream) Read(p []byte) (int, error) {
	n, err := c.Stream.Read(p)
	return n, streamError(err)
}

// Write implements net.Conn.
func (c *stream) Write(p []byte) (int, error) {
	n, err := c.Stream.Write(p)
	return n, streamError(err)
}

// Close ends both directions. What was written still arrives as long as the link lives.
func (c *stream) Close() error {
	c.CancelRead(streamClosed)
	return c.Stream.Close()
}

// streamError leaves the ends net.Conn knows of as they are.
func streamError(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return explain(err)
}

// abort gives a stream up in both directions.
func abort(s *quic.Stream) {
	s.CancelRead(streamClosed)
	s.CancelWrite(streamClosed)
}

// probation is how long a far end may be silent after a stream was opened, which its QUIC answers
// at once whatever its user does. It is much shorter than Timeouts.Dead, for somebody is waiting:
// a peer that was restarted is called anew instead of over a link nobody listens to.
const probation = 3 * time.Second

// Open implements link.Link. When the far end does not even acknowledge the request, the link ends.
func (s *session) Open(ctx context.Context, name string) (net.Conn, error) {
	limit := s.timeouts.Stream
	openCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	heard := s.conn.ConnectionStats().PacketsReceived
	probe := time.AfterFunc(probation, func() {
		if s.conn.ConnectionStats().PacketsReceived == heard {
			s.silent.Store(true)
			_ = s.conn.CloseWithError(codeClosed, "")
		}
	})
	defer probe.Stop()
	conn, err := s.open(openCtx, name)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case s.silent.Load():
		err = errSilent
	case openCtx.Err() != nil && s.Err() == nil:
		err = fmt.Errorf("%w: no answer within %v", link.ErrUnreachable, limit)
	}
	return nil, fmt.Errorf("open stream %q: %w", name, err)
}

// probeName is the stream that is asked for to see whether the far end lives: it is declined.
const probeName = "probe"

// Probe implements link.Link.
func (s *session) Probe(ctx context.Context) error {
	conn, err := s.open(ctx, probeName)
	switch {
	case err == nil:
		return conn.Close()
	case errors.Is(err, link.ErrDeclined):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return err
}

func (s *session) open(ctx context.Context, name string) (net.Conn, error) {
	qs, err := s.conn.OpenStreamSync(ctx)
	if err != nil {
		return nil, explain(err)
	}
	stop := context.AfterFunc(ctx, func() { abort(qs) })
	accepted, err := ask(qs, name)
	if !stop() {
		return nil, ctx.Err()
	}
	if err == nil && !accepted {
		err = link.ErrDeclined
	}
	if err != nil {
		abort(qs)
		return nil, err
	}
	return &stream{qs, s}, nil
}

// ask sends the header of a stream and reads the answer.
func ask(qs *quic.Stream, name string) (accepted bool, err error) {
	if _, err := qs.Write(appendHeader(nil, name)); err != nil {
		return false, explain(err)
	}
	var answer [1]byte
	if _, err := io.ReadFull(qs, answer[:]); err != nil {
		return false, explain(err)
	}
	switch answer[0] {
	case accept:
		return true, nil
	case decline:
		return false, nil
	}
	return false, fmt.Errorf("%w: the far end answered with the unknown byte %d", link.ErrClosed, answer[0])
}

// acceptStreams takes the streams of the far end. QUIC bounds how many there are at a time.
func (s *session) acceptStreams() {
	for {
		qs, err := s.conn.AcceptStream(context.Background())
		if err != nil {
			return
		}
		s.running.Go(func() { s.receive(qs) })
	}
}

// receive reads the header of a stream and makes it a request.
func (s *session) receive(qs *quic.Stream) {
	_ = qs.SetReadDeadline(time.Now().Add(s.timeouts.Stream))
	name, err := readHeader(qs)
	if err != nil {
		abort(qs)
		return
	}
	_ = qs.SetReadDeadline(time.Time{})
	if name == probeName {
		_, _ = s.reply(qs, false)
		return
	}
	var once sync.Once
	r := &link.Request{Name: name, Answer: func(yes bool) (conn net.Conn, err error) {
		err = fmt.Errorf("answer the stream %q: it was answered before", name)
		once.Do(func() { conn, err = s.reply(qs, yes) })
		return conn, err
	}}
	select {
	case s.requests <- r:
	default:
		r.Decline()
	}
}

// reply answers the request for a stream.
func (s *session) reply(qs *quic.Stream, yes bool) (net.Conn, error) {
	if !yes {
		_, err := qs.Write([]byte{decline})
		qs.CancelRead(streamClosed)
		_ = qs.Close()
		return nil, streamError(err)
	}
	if _, err := qs.Write([]byte{accept}); err != nil {
		abort(qs)
		return nil, streamError(err)
	}
	return &stream{qs, s}, nil
}

// Accept implements link.Link.
func (s *session) Accept(ctx context.Context) (*link.Request, error) {
	select {
	case r := <-s.requests:
		return r, nil
	case <-s.done:
		return nil, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
