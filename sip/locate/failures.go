// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

const (
	usualPause = 5 * time.Minute
	longPause  = time.Hour // a server that asks for more is tried again even so
	maxFailing = 256
)

// failures remembers which targets did not work, and until when they wait behind the others.
type failures struct {
	mu    sync.Mutex
	until map[Target]time.Time
}

func (f *failures) add(t Target, pause time.Duration) {
	if pause <= 0 {
		pause = usualPause
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.until == nil {
		f.until = map[Target]time.Time{}
	}
	f.until[t] = time.Now().Add(min(pause, longPause))
	if len(f.until) > maxFailing {
		var soonest Target
		for t, until := range f.until {
			if soonest == (Target{}) || until.Before(f.until[soonest]) {
				soonest = t
			}
		}
		delete(f.until, soonest)
	}
}

func (f *failures) remove(t Target) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.until, t)
}

// sort moves what failed to the end, there the one whose time is over first in front.
func (f *failures) sort(targets []Target) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	wait := func(t Target) time.Duration { return max(f.until[t].Sub(now), 0) }
	slices.SortStableFunc(targets, func(a, b Target) int { return cmp.Compare(wait(a), wait(b)) })
}
