// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"sync"
	"time"
)

// deadline is a moment after which a wait is over. The lock of the condition that is waited for guards
// it.
type deadline struct {
	timer  *time.Timer
	passed bool
}

// set replaces the moment; the zero time is never.
func (d *deadline) set(t time.Time, cond *sync.Cond) {
	cond.L.Lock()
	defer cond.L.Unlock()
	d.clear()
	if t.IsZero() {
		return
	}
	left := time.Until(t)
	if left <= 0 {
		d.passed = true
		cond.Broadcast()
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(left, func() {
		cond.L.Lock()
		defer cond.L.Unlock()
		if d.timer == timer {
			d.passed = true
			cond.Broadcast()
		}
	})
	d.timer = timer
}

// clear forgets the moment.
func (d *deadline) clear() {
	if d.timer != nil {
		d.timer.Stop()
	}
	d.timer, d.passed = nil, false
}
