// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"context"
	"errors"
	"io"
	"net"
)

// Request is a stream the far end asks for. Exactly one of Accept and Decline has to be called.
type Request struct {
	Name string

	s *stream
}

// Accept returns the next request of the far end. It has to be called all the time: requests that
// find the backlog full are declined.
func (m *Socket) Accept(ctx context.Context) (*Request, error) {
	select {
	case r := <-m.requests:
		return r, nil
	case <-m.done:
		return nil, m.Err()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept opens the stream.
func (r *Request) Accept() (net.Conn, error) {
	m := r.s.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := r.unansweredLocked(); err != nil {
		return nil, err
	}
	r.s.state = open
	m.controlLocked(r.Name, r.s.number, accepted)
	return r.s, nil
}

// Decline refuses the stream.
func (r *Request) Decline() {
	r.s.m.mu.Lock()
	defer r.s.m.mu.Unlock()
	if r.unansweredLocked() == nil {
		r.s.closeLocked(ErrAnswered)
	}
}

func (r *Request) unansweredLocked() error {
	switch r.s.state {
	case asked:
		return nil
	case open:
		return ErrAnswered
	}
	return withdrawn(r.s.err)
}

// withdrawn says why a request that was not answered cannot be any more.
func withdrawn(err error) error {
	if errors.Is(err, io.EOF) {
		return ErrWithdrawn
	}
	return err
}

func (m *Socket) handleControl(c control) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch c.state {
	case request:
		m.requestedLocked(c)
	case accepted, declined:
		m.answeredLocked(c)
	}
}

// requestedLocked takes a request of the far end or declines it.
func (m *Socket) requestedLocked(c control) {
	name := string(c.name)
	other := m.streams[c.channel]
	if other != nil && other.state == asking {
		other.collided = true
	}
	if other != nil || !mayCarry(c.channel) || !m.isName(name) || m.counts[side(true)] >= m.cfg.Streams {
		m.controlLocked(name, c.channel, declined)
		return
	}
	s := m.newStreamLocked(c.channel, name, true)
	select {
	case m.requests <- &Request{Name: name, s: s}:
	default:
		s.closeLocked(ErrTooMany)
	}
}

// mayCarry reports whether a channel may be a stream.
func mayCarry(channel uint16) bool { return channel != controlChannel && channel != protocolChannel }
