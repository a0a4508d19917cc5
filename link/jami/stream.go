// SPDX-License-Identifier: GPL-3.0-or-later

package jami

import (
	"context"
	"fmt"
	"net"
	"time"

	"bellwire/link"
)

// stream is a stream of the socket whose errors are those of package link.
type stream struct{ net.Conn }

// Read implements net.Conn.
func (c stream) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, streamError(err)
}

// Write implements net.Conn.
func (c stream) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	return n, streamError(err)
}

// probation is how long a far end may be silent after it was asked for a stream: the beacon beside the
// request is answered at once, whatever its user does. Jami waits as long.
const probation = 3 * time.Second

// Open implements link.Link. When the far end does not even show a sign of life, the link ends.
func (s *session) Open(ctx context.Context, name string) (net.Conn, error) {
	limit := s.timeouts.Stream
	openCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer s.probe().Stop()
	conn, err := s.mux.Open(openCtx, name)
	switch {
	case err == nil:
		return stream{conn}, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case openCtx.Err() != nil && s.mux.Err() == nil:
		err = fmt.Errorf("%w: no answer within %v", link.ErrUnreachable, limit)
	default:
		err = s.explain(openCtx, err)
	}
	return nil, fmt.Errorf("open stream %q: %w", name, err)
}

// probe asks for a sign of life and ends the session when nothing has come since.
func (s *session) probe() *time.Timer {
	asked := time.Now()
	if s.mux.Version() > 0 {
		s.mux.Beacon()
	}
	return time.AfterFunc(probation, func() { // or later, when this machine is busy
		if s.mux.Version() > 0 && s.mux.Quiet() > time.Since(asked) {
			s.mux.Abort(errSilent)
		}
	})
}

// Accept implements link.Link.
func (s *session) Accept(ctx context.Context) (*link.Request, error) {
	r, err := s.mux.Accept(ctx)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	return &link.Request{Name: r.Name, Answer: func(yes bool) (net.Conn, error) {
		if !yes {
			r.Decline()
			return nil, nil
		}
		conn, err := r.Accept()
		if err != nil {
			return nil, fmt.Errorf("accept stream %q: %w", r.Name, explain(err))
		}
		return stream{conn}, nil
	}}, nil
}
