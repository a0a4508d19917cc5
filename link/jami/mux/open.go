// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"unicode/utf8"
)

// tries is how often a stream is asked for whose number the far end happens to ask for as well.
const tries = 4

// errCollided means that both ends asked for one number and neither gets it.
var errCollided = errors.New("both ends asked for the same number")

// Open asks the far end for a stream and waits until it is accepted. Errors: [ErrDeclined],
// [ErrName], [ErrTooMany], the context's, or why the socket ended.
func (m *Socket) Open(ctx context.Context, name string) (net.Conn, error) {
	if !m.isName(name) {
		return nil, fmt.Errorf("%w: %d bytes, 1 to %d of UTF-8 are allowed", ErrName, len(name), m.cfg.Name)
	}
	err := errCollided
	for try := 0; try < tries && errors.Is(err, errCollided); try++ {
		var s *stream
		if s, err = m.ask(name); err != nil {
			return nil, err
		}
		select {
		case err = <-s.answer:
		case <-ctx.Done():
			_ = s.Close()
			return nil, ctx.Err()
		}
		if err == nil {
			return s, nil
		}
		if errors.Is(err, errCollided) {
			m.jump()
		}
	}
	return nil, err
}

// jump makes the next number a random one, so that two ends that count alike part.
func (m *Socket) jump() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = m.first + rand.N(m.last-m.first)
}

func (m *Socket) isName(name string) bool {
	return name != "" && len(name) <= m.cfg.Name && utf8.ValidString(name)
}

// ask sends the request for a stream.
func (m *Socket) ask(name string) (*stream, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.err != nil:
		return nil, m.err
	case m.closing:
		return nil, ErrClosed
	case m.counts[side(false)] >= m.cfg.Streams:
		return nil, fmt.Errorf("%w: %d", ErrTooMany, m.cfg.Streams)
	}
	s := m.newStreamLocked(m.numberLocked(), name, false)
	m.controlLocked(name, s.number, request)
	return s, nil
}

// numberLocked returns a free number of this end's half, of which there are many more than streams.
// It goes upwards, so that a number is not used again while frames for its last user are under way.
func (m *Socket) numberLocked() uint16 {
	for {
		number := m.next
		m.next++
		if m.next > m.last {
			m.next = m.first
		}
		if m.streams[number] == nil {
			return number
		}
	}
}

func (m *Socket) controlLocked(name string, number uint16, s state) {
	m.urgentLocked(len(name), func(b []byte) []byte { return appendControl(b, control{[]byte(name), number, s}) })
}

// answeredLocked takes the far end's answer to a request of this end. One that comes after nobody waits
// any more is crossed by the frame that closed the channel.
func (m *Socket) answeredLocked(c control) {
	s := m.streams[c.channel]
	if s == nil || s.name != string(c.name) {
		return
	}
	switch {
	case s.state == asking && c.state == accepted:
		s.state = open
		s.answer <- nil
	case s.state == asking && s.collided:
		s.endLocked(errCollided)
	case s.state == asking:
		s.endLocked(ErrDeclined)
	case s.state == open && c.state == declined:
		s.endLocked(io.EOF)
	}
}
