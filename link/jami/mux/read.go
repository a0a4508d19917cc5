// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tinylib/msgp/msgp"
)

const (
	// maxDepth bounds the nesting of what is skipped behind a payload.
	maxDepth = 16
	// keepScratch is how much memory for control messages is kept in bytes; theirs are short.
	keepScratch = 4096
)

// read takes frames until the connection ends.
func (m *Socket) read() {
	r := msgp.NewReaderSize(&tap{m: m}, recordSize)
	r.SetMaxRecursionDepth(maxDepth)
	var scratch []byte
	for !m.over() {
		h, err := readHeader(r)
		if err == nil {
			scratch, err = m.payload(r, h, scratch)
		}
		for ; err == nil && h.extra > 0; h.extra-- {
			err = r.Skip()
		}
		if err != nil {
			m.fail(readError(err))
			return
		}
	}
}

func (m *Socket) over() bool {
	select {
	case <-m.done:
		return true
	default:
		return false
	}
}

// readError tells a connection that ended from one that carries nonsense.
func readError(err error) error {
	var nonsense msgp.Error
	switch {
	case errors.Is(err, io.EOF):
		return ErrEnded
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w without saying so", ErrEnded)
	case errors.As(err, &nonsense):
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return err
}

// payload reads the payload of one frame.
func (m *Socket) payload(r *msgp.Reader, h header, scratch []byte) ([]byte, error) {
	switch h.channel {
	case controlChannel, protocolChannel:
		if cap(scratch) < h.size {
			scratch = make([]byte, h.size)
		}
		scratch = scratch[:h.size]
		if _, err := r.ReadFull(scratch); err != nil {
			return scratch, err
		}
		if !m.message(h.channel, scratch) {
			return scratch, fmt.Errorf("%w: channel %d carries no MessagePack", ErrProtocol, h.channel)
		}
		if cap(scratch) > keepScratch {
			scratch = nil
		}
		return scratch, nil
	}
	if h.size == 0 {
		m.closed(h.channel)
		return scratch, nil
	}
	s := m.stream(h.channel)
	for left := h.size; left > 0; {
		if _, err := r.R.PeekByte(); err != nil {
			return scratch, err
		}
		n := min(left, r.R.Buffered())
		b, err := r.R.Next(n)
		if err != nil {
			return scratch, err
		}
		if s != nil {
			s.receive(b)
		}
		left -= n
	}
	return scratch, nil
}

func (m *Socket) message(channel uint16, payload []byte) bool {
	if channel == controlChannel {
		return readControl(payload, m.handleControl)
	}
	p, ok := readProtocol(payload)
	if ok {
		m.handleProtocol(p)
	}
	return ok
}

// stream returns the stream of a channel, nil when there is none: data that was under way when this end
// closed a stream is nobody's.
func (m *Socket) stream(channel uint16) *stream {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.streams[channel]
}

// closed takes the far end's end of a stream.
func (m *Socket) closed(channel uint16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.streams[channel]; s != nil {
		s.endLocked(io.EOF)
	}
}

// receive hands bytes to the user of the stream and waits until there is room for them. A stream that
// is not accepted yet cannot wait, for its acceptance comes behind: it ends when it holds too much.
func (s *stream) receive(b []byte) {
	m := s.m
	m.mu.Lock()
	defer m.mu.Unlock()
	for {
		if s.state == ended {
			return
		}
		n := s.in.write(b, m.cfg.Buffer)
		if n > 0 {
			s.readable.Broadcast()
		}
		b = b[n:]
		switch {
		case len(b) == 0:
			return
		case s.state != open:
			s.closeLocked(fmt.Errorf("%w: %d bytes on a stream that is not open", ErrProtocol, m.cfg.Buffer))
			return
		}
		m.waiting.Store(true)
		m.space.Wait()
		m.waiting.Store(false)
		m.note()
	}
}

// tap reads the connection and notes when something came.
type tap struct {
	m   *Socket
	err error // came with the last bytes
}

// Read implements io.Reader. It keeps an error that comes with bytes for the next call.
func (t *tap) Read(p []byte) (int, error) {
	if t.err != nil {
		return 0, t.err
	}
	n, err := t.m.conn.Read(p)
	if n == 0 {
		return 0, err
	}
	t.m.note()
	t.err = err
	return n, nil
}

// note keeps the time at which something was heard.
func (m *Socket) note() { m.heard.Store(int64(time.Since(m.born))) }
