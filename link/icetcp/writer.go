// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"encoding/binary"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxWritten is the longest frame we send in bytes: the longest TLS record there is (RFC 8446,
	// section 5.2), so that none is cut. Jami sends one record in each frame, too.
	maxWritten = 5 + 1<<14 + 256
	// answerLimit bounds how long a reader may be held up by the answer to a check.
	answerLimit = 5 * time.Millisecond
)

// writer sends frames. Answers to checks come from whoever reads and never wait for whoever writes: two
// ends that both wait for the other to read would never go on. Such an answer goes out behind what is
// being written, and may be lost; then the far end asks again.
type writer struct {
	conn net.Conn

	mu     sync.Mutex
	header [frameHeader]byte
	parts  [2][]byte
	vector net.Buffers
	owed   []byte // the rest of something that was begun, which has to go first
	open   int    // bytes of data that the frame begun last still lacks

	waiting atomic.Pointer[[]byte] // an answer to be sent

	// Lock order: mu, deadlines.
	deadlines sync.Mutex
	until     time.Time // the user's deadline of writes
	answering bool      // answerLimit is in force instead
}

// write sends data in frames, each in one system call.
func (w *writer) write(b []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(b) > 0 {
		sent, err := w.some(b)
		n += sent
		if err != nil {
			return n, err
		}
		b = b[sent:]
	}
	w.sendWaiting()
	return n, nil
}

// some sends the beginning of b: a frame, or what the frame begun last still lacks because the
// deadline came in between.
func (w *writer) some(b []byte) (int, error) {
	if err := w.settle(); err != nil {
		return 0, err
	}
	if w.open > 0 {
		n, err := w.conn.Write(b[:min(len(b), w.open)])
		w.open -= n
		return n, err
	}
	b = b[:min(len(b), maxWritten)]
	binary.BigEndian.PutUint16(w.header[:], uint16(len(b)))
	w.parts = [2][]byte{w.header[:], b}
	w.vector = w.parts[:]
	sent, err := w.vector.WriteTo(w.conn)
	w.parts = [2][]byte{}
	if sent == 0 {
		return 0, err
	}
	w.owed = append(w.owed[:0], w.header[min(sent, frameHeader):]...)
	n := int(max(sent-frameHeader, 0))
	w.open = len(b) - n
	return n, err
}

// settle sends what is owed.
func (w *writer) settle() error {
	if len(w.owed) == 0 {
		return nil
	}
	n, err := w.conn.Write(w.owed)
	w.owed = w.owed[n:]
	return err
}

// answer sends a frame without holding its caller up.
func (w *writer) answer(frame []byte) {
	w.waiting.Store(&frame)
	if w.mu.TryLock() {
		w.sendWaiting()
		w.mu.Unlock()
	}
}

// sendWaiting sends an answer that waits, unless a frame is open. w.mu is held.
func (w *writer) sendWaiting() {
	if w.open > 0 || len(w.owed) > 0 {
		return
	}
	frame := w.waiting.Swap(nil)
	if frame == nil {
		return
	}
	w.hurry(true)
	defer w.hurry(false)
	if n, err := w.conn.Write(*frame); err != nil && n > 0 {
		w.owed = (*frame)[n:]
	}
}

// hurry puts answerLimit in force, or the user's deadline again.
func (w *writer) hurry(on bool) {
	w.deadlines.Lock()
	defer w.deadlines.Unlock()
	w.answering = on
	until := w.until
	if on {
		until = time.Now().Add(answerLimit)
	}
	_ = w.conn.SetWriteDeadline(until) // fails on a closed connection only
}

func (w *writer) setDeadline(t time.Time) error {
	w.deadlines.Lock()
	defer w.deadlines.Unlock()
	w.until = t
	if w.answering {
		return nil // it takes effect behind the answer
	}
	return w.conn.SetWriteDeadline(t)
}
