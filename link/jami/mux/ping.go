// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"context"
	"slices"
	"time"
)

// Ping asks the far end for a sign of life and returns how long it took. Pings at the same time share
// one beacon. A far end of version 0 does not answer.
func (m *Socket) Ping(ctx context.Context) (time.Duration, error) {
	m.mu.Lock()
	if m.err != nil {
		defer m.mu.Unlock()
		return 0, m.err
	}
	answer := make(chan time.Duration, 1)
	m.pings = append(m.pings, answer)
	if len(m.pings) == 1 {
		m.pinged = time.Now()
		m.urgentLocked(maxHeader, func(b []byte) []byte { return appendBeacon(b, true) })
	}
	m.mu.Unlock()
	select {
	case took := <-answer:
		return took, nil
	case <-m.done:
		return 0, m.Err()
	case <-ctx.Done():
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pings = slices.DeleteFunc(m.pings, func(other chan time.Duration) bool { return other == answer })
	return 0, ctx.Err()
}

func (m *Socket) handleProtocol(p protocol) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.version > 0 && m.version == 0 {
		m.version = p.version
		close(m.greeted)
	}
	if p.ask {
		m.answer = true
		m.work.Signal()
	}
	if p.alive {
		for _, answer := range m.pings {
			answer <- time.Since(m.pinged)
		}
		m.pings = nil
	}
	if p.refused {
		m.failLocked(ErrRefused)
	}
}
