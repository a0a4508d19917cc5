// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"net/netip"
	"time"
)

// How many requests are heard in any second; the rest is dropped without an answer.
const (
	requestsPerAddress = 1024
	requestsInTotal    = 8192
)

// A window of one second moves on in steps of slotTime.
const (
	windowSlots = 20
	slotTime    = time.Second / windowSlots
)

// window counts events of the last second.
type window struct {
	slots [windowSlots]uint16
	sum   uint16
	slot  int64 // number of the newest slot
}

// advance moves the window to the given slot.
func (w *window) advance(slot int64) {
	if slot-w.slot >= windowSlots {
		*w = window{slot: slot}
	}
	for w.slot < slot {
		w.slot++
		old := &w.slots[w.slot%windowSlots]
		w.sum -= *old
		*old = 0
	}
}

// full reports whether limit events are in the window that ends with the given slot.
func (w *window) full(slot int64, limit uint16) bool {
	w.advance(slot)
	return w.sum >= limit
}

// allow counts an event unless the window is full.
func (w *window) allow(slot int64, limit uint16) bool {
	if w.full(slot, limit) {
		return false
	}
	w.slots[w.slot%windowSlots]++
	w.sum++
	return true
}

// Limiter bounds how much is heard in any second, from one address and in total. Its table of
// addresses needs no bound of its own: an entry is made only within the total limit, and entries idle
// for a second are dropped. It is not safe for concurrent use.
type Limiter struct {
	perAddress, inTotal uint16

	began     time.Time // the clock of the machine may be set, so times count from the first one seen
	total     window
	addresses map[netip.Addr]*window
	swept     int64
}

// NewLimiter returns a limiter that has heard nothing.
func NewLimiter(perAddress, inTotal uint16) *Limiter {
	return &Limiter{perAddress: perAddress, inTotal: inTotal}
}

// RequestLimiter returns a limiter for requests: 1024 a second from one address, 8192 in total, as
// other implementations have it.
func RequestLimiter() *Limiter { return NewLimiter(requestsPerAddress, requestsInTotal) }

// Allow reports whether one more from the address is within the limits, and counts it if so.
func (l *Limiter) Allow(from netip.Addr, now time.Time) bool {
	if l.began.IsZero() {
		l.began = now.Add(-time.Second)
	}
	slot := int64(now.Sub(l.began) / slotTime)
	if slot-l.swept >= windowSlots {
		l.swept = slot
		for a, w := range l.addresses {
			if slot-w.slot >= windowSlots {
				delete(l.addresses, a)
			}
		}
	}
	w := l.addresses[from]
	if w != nil && w.full(slot, l.perAddress) || !l.total.allow(slot, l.inTotal) {
		return false
	}
	if w == nil {
		if l.addresses == nil {
			l.addresses = map[netip.Addr]*window{}
		}
		w = &window{slot: slot}
		l.addresses[from] = w
	}
	return w.allow(slot, l.perAddress)
}
