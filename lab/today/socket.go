// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

var (
	errDeclined = errors.New("the far end declined the channel")
	errEnded    = errors.New("the connection has ended")
)

// socket is one end of a multiplexed socket.
type socket struct {
	conn     net.Conn
	takes    func(name string) bool // whether a channel is accepted
	opened   func(*channel)         // told of each channel the far end opened
	complain func(format string, args ...any)
	done     chan struct{}

	write sync.Mutex

	mu       sync.Mutex
	next     uint16
	channels map[uint16]*channel
	beacons  []chan struct{} // closed at the next sign of life
	greeted  bool
}

func newSocket(conn net.Conn, first uint16) *socket {
	return &socket{conn: conn, next: first, channels: map[uint16]*channel{}, done: make(chan struct{})}
}

// run reads until the connection ends.
func (s *socket) run() {
	defer s.end()
	r := bufio.NewReader(s.conn)
	for {
		number, payload, err := readFrame(r)
		if err != nil {
			return
		}
		switch number {
		case protocolChannel:
			s.takeProtocol(payload)
		case controlChannel:
			all, err := parseControls(payload)
			if err != nil {
				s.complain("%v", err)
			}
			for _, c := range all {
				s.takeControl(c)
			}
		default:
			s.deliver(number, payload)
		}
	}
}

func (s *socket) end() {
	_ = s.conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.channels {
		c.endLocked(errEnded)
	}
	close(s.done)
}

func (s *socket) takeProtocol(payload []byte) {
	switch {
	case bytes.Equal(payload, version):
		s.mu.Lock()
		defer s.mu.Unlock()
		s.greeted = true
	case bytes.Equal(payload, beacon):
		_ = s.frame(protocolChannel, beaconAnswer)
	case bytes.Equal(payload, beaconAnswer):
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, waiting := range s.beacons {
			close(waiting)
		}
		s.beacons = nil
	case len(payload) == 0 || payload[0]&0xf0 != 0x80: // other maps are ignored
		s.complain("a message of the protocol channel that is none: %x", payload)
	}
}

func (s *socket) takeControl(c control) {
	s.mu.Lock()
	known := s.channels[c.number]
	s.mu.Unlock()
	switch {
	case c.state == asking && (known != nil || c.number == controlChannel || c.number == protocolChannel):
		s.complain("channel %d is asked for, which is taken", c.number)
		_ = s.control(c, declined)
	case c.state == asking && !s.takes(c.name):
		_ = s.control(c, declined)
	case c.state == asking:
		ch := s.theirs(c.number, c.name)
		_ = s.control(c, accepted)
		s.opened(ch)
	case known == nil || known.name != c.name:
		s.complain("an answer for channel %d %q, which was not asked for", c.number, c.name)
	case c.state == declined:
		s.mu.Lock()
		known.endLocked(errDeclined)
		s.mu.Unlock()
	default:
		known.accept()
	}
}

func (s *socket) control(c control, state uint64) error {
	c.state = state
	return s.frame(controlChannel, c.append(nil))
}

// theirs adds a channel that the far end asked for.
func (s *socket) theirs(number uint16, name string) *channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.addLocked(number, name)
	c.theirs = true
	return c
}

func (s *socket) addLocked(number uint16, name string) *channel {
	c := &channel{s: s, number: number, name: name, open: make(chan struct{}), in: make(chan []byte, 256), ended: make(chan struct{})}
	s.channels[number] = c
	select {
	case <-s.done:
		c.endLocked(errEnded)
	default:
	}
	return c
}

// ask sends the request for a channel and does not wait.
func (s *socket) ask(name string) *channel {
	s.mu.Lock()
	for s.channels[s.next] != nil || s.next == controlChannel || s.next == protocolChannel {
		s.next++
	}
	c := s.addLocked(s.next, name)
	s.next++
	s.mu.Unlock()
	_ = s.control(control{name: name, number: c.number}, asking)
	return c
}

// deliver hands a payload to its channel; an empty one closes it.
func (s *socket) deliver(number uint16, payload []byte) {
	s.mu.Lock()
	c := s.channels[number]
	if c != nil && len(payload) == 0 {
		c.endLocked(errEnded)
	}
	s.mu.Unlock()
	switch {
	case c == nil && len(payload) > 0:
		s.complain("%d bytes for channel %d, which is not open", len(payload), number)
	case len(payload) > 0:
		if !offer(c.in, payload) {
			s.complain("channel %q is flooded", c.name)
		}
	}
}

// frame writes one frame, a long one in two writes.
func (s *socket) frame(channel uint16, payload []byte) error {
	s.write.Lock()
	defer s.write.Unlock()
	header := frameHeader(channel, len(payload))
	if len(payload) < twoWrites {
		_, err := s.conn.Write(append(header, payload...))
		return err
	}
	if _, err := s.conn.Write(header); err != nil {
		return err
	}
	_, err := s.conn.Write(payload)
	return err
}

// alive asks for a sign of life.
func (s *socket) alive(ctx context.Context) error {
	answered := make(chan struct{})
	s.mu.Lock()
	s.beacons = append(s.beacons, answered)
	s.mu.Unlock()
	if err := s.frame(protocolChannel, beacon); err != nil {
		return err
	}
	select {
	case <-answered:
		return nil
	case <-s.done:
		return errEnded
	case <-ctx.Done():
		return fmt.Errorf("no answer to a beacon: %w", ctx.Err())
	}
}
