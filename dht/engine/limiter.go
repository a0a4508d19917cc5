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

// allow counts an event in the given slot unless limit events are in the window already.
func (w *window) allow(slot int64, limit uint16) bool {
	if slot-w.slot >= windowSlots {
		*w = window{slot: slot}
	}
	for w.slot < slot {
		w.slot++
		old := &w.slots[w.slot%windowSlots]
		w.sum -= *old
		*old = 0
	}
	if w.sum >= limit {
		return false
	}
	w.slots[w.slot%windowSlots]++
	w.sum++
	return true
}

// limiter applies the request limits. The table of addresses needs no bound of its own: an entry is
// made only for a request within the total limit, and entries idle for a second are dropped.
type limiter struct {
	total     window
	addresses map[netip.Addr]*window
	swept     int64
}

// allow reports whether one more request from the address is within the limits, and counts it.
func (l *limiter) allow(from netip.Addr, now time.Time) bool {
	slot := now.UnixNano() / int64(slotTime)
	if slot-l.swept >= windowSlots {
		l.swept = slot
		for a, w := range l.addresses {
			if slot-w.slot >= windowSlots {
				delete(l.addresses, a)
			}
		}
	}
	w := l.addresses[from]
	if w != nil && slot-w.slot < windowSlots && w.sum >= requestsPerAddress && !w.allow(slot, requestsPerAddress) {
		return false
	}
	if !l.total.allow(slot, requestsInTotal) {
		return false
	}
	if w == nil {
		if l.addresses == nil {
			l.addresses = map[netip.Addr]*window{}
		}
		w = &window{slot: slot}
		l.addresses[from] = w
	}
	return w.allow(slot, requestsPerAddress)
}
