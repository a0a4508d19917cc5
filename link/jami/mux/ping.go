// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"context"
	"slices"
	"time"
)

// Beacon asks the far end for a sign of life without waiting for it, unless it has been asked and has
// not answered yet: nothing gets lost on the way. A far end of version 0 does not answer.
func (m *Socket) Beacon() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.beaconLocked()
}

func (m *Socket) beaconLocked() {
	if m.beaconSent.IsZero() {
		m.beaconSent = time.Now()
		m.urgentLocked(maxHeader, func(b []byte) []byte { return appendBeacon(b, true) })
	}
}

// Ping asks the far end for a sign of life and waits for it.
func (m *Socket) Ping(ctx context.Context) error {
	answer := make(chan struct{})
	m.mu.Lock()
	m.pings = append(m.pings, answer)
	m.beaconLocked()
	m.mu.Unlock()
	select {
	case <-answer:
		return nil
	case <-m.done:
		return m.Err()
	case <-ctx.Done():
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pings = slices.DeleteFunc(m.pings, func(other chan struct{}) bool { return other == answer })
	return ctx.Err()
}

// RTT is the smoothed time beacons take, zero while unknown.
func (m *Socket) RTT() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rtt
}

// aliveLocked takes a sign of life.
func (m *Socket) aliveLocked() {
	if m.beaconSent.IsZero() {
		return
	}
	sample := time.Since(m.beaconSent)
	if m.rtt == 0 {
		m.rtt = sample
	}
	m.rtt += (sample - m.rtt) / 8 // RFC 6298, section 2
	m.beaconSent = time.Time{}
	for _, answer := range m.pings {
		close(answer)
	}
	m.pings = nil
}

func (m *Socket) handleProtocol(p protocol) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.version > 0 && m.version == 0 {
		m.version = p.version
		close(m.greeted)
	}
	if p.ask {
		m.owed = true
		m.work.Signal()
	}
	if p.alive {
		m.aliveLocked()
	}
	if p.refused {
		m.failLocked(ErrRefused)
	}
}
