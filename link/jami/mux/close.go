// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import "time"

// Close closes all streams and the connection. It returns when everything the socket ran has ended.
func (m *Socket) Close() error { return m.leave(false) }

// Refuse closes the socket and tells the far end that the connection is not wanted.
func (m *Socket) Refuse() error { return m.leave(true) }

// Abort ends the socket for a reason of the caller's. It does not wait.
func (m *Socket) Abort(reason error) { m.fail(reason) }

// leaveTime bounds how long Close waits for its last frames to be written and for the far end to hang
// up in turn: TCP may discard the last frames of an end that closes with bytes unread.
const leaveTime = 500 * time.Millisecond

func (m *Socket) leave(refuse bool) error {
	timer := time.NewTimer(leaveTime)
	defer timer.Stop()
	m.farewell(refuse)
	select {
	case <-m.flushed:
		m.endWriting()
		select {
		case <-m.done:
		case <-timer.C:
		}
	case <-timer.C:
	}
	m.fail(ErrClosed)
	m.running.Wait()
	return nil
}

// farewell queues the last frames.
func (m *Socket) farewell(refuse bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil || m.closing {
		return
	}
	for _, s := range m.streams {
		s.closeLocked(ErrClosed)
	}
	if refuse {
		m.control = appendRefusal(m.control)
	}
	m.closing = true
	m.work.Signal()
}

// endWriting makes the far end see the end of the connection, where that is possible without closing
// it: TLS says close_notify.
func (m *Socket) endWriting() {
	if half, ok := m.conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// fail ends the socket; only the first reason counts.
func (m *Socket) fail(reason error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failLocked(reason)
}

func (m *Socket) failLocked(reason error) {
	if m.err != nil {
		return
	}
	if m.closing {
		reason = ErrClosed
	}
	m.err = reason
	if m.grace != nil {
		m.grace.Stop()
	}
	for _, s := range m.streams {
		s.endLocked(reason)
	}
	close(m.done)
	m.work.Broadcast()
	m.space.Broadcast()
	m.running.Go(func() { _ = m.conn.Close() })
}
