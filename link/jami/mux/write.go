// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// reasonTime is how long an end whose writes fail goes on reading: what the far end said before it hung
// up tells more than a broken pipe.
const reasonTime = time.Second

// write sends what is ready until the socket ends.
func (m *Socket) write() {
	defer close(m.flushed)
	var b []byte
	for {
		if b = m.collect(b[:0]); len(b) == 0 {
			return
		}
		_ = m.conn.SetWriteDeadline(time.Now().Add(m.cfg.Write))
		_, err := m.conn.Write(b)
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			m.fail(fmt.Errorf("%w: it took nothing for %v", ErrStalled, m.cfg.Write))
			return
		default:
			m.failSoon(err)
			return
		}
	}
}

// failSoon ends the socket unless the reader finds a better reason first.
func (m *Socket) failSoon(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		m.grace = time.AfterFunc(reasonTime, func() { m.fail(err) })
	}
}

// collect waits for something to write and appends it. It returns nothing when the socket ends.
func (m *Socket) collect(b []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	for {
		if m.err != nil {
			return nil
		}
		b = m.takeStreamsLocked(m.takeUrgentLocked(b))
		if len(b) > 0 || m.closing {
			return b
		}
		m.work.Wait()
	}
}

// takeUrgentLocked appends what goes before the streams' frames.
func (m *Socket) takeUrgentLocked(b []byte) []byte {
	b = append(b, m.control...)
	m.control = m.control[:0]
	if cap(m.control) > keepScratch {
		m.control = nil
	}
	if m.owed {
		b = appendBeacon(b, false)
		m.owed = false
	}
	return b
}

// takeStreamsLocked appends one frame of each stream in turn, as long as all fits into one record.
func (m *Socket) takeStreamsLocked(b []byte) []byte {
	for s := m.ready.first; s != nil; s = m.ready.first {
		n := min(len(s.out), chunk)
		if n > 0 && len(b) > 0 && len(b)+maxHeader+n > recordSize {
			break
		}
		m.ready.pop()
		if n == 0 {
			continue
		}
		b = appendFrame(b, s.number, s.out[:n])
		s.out = s.out[n:]
		s.sent += n
		if len(s.out) > 0 {
			m.ready.push(s)
		} else {
			s.writable.Broadcast()
		}
	}
	return b
}
