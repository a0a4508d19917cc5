// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"slices"
	"time"
)

// Bounds of the connections that were accepted, and of those that are kept.
const (
	maxAccepted = 64
	maxLosers   = 8
)

// admit makes a connection one of the pairs, or closes it. a.mu is held.
func (a *Agent) admit(p *pair) bool {
	if a.over() || p.accepted && !a.makeRoom() {
		if !a.keepLocked(p) {
			_ = p.conn.Close()
		}
		return false
	}
	p.agent = a
	p.done = make(chan struct{})
	p.since = time.Now()
	a.pairs = append(a.pairs, p)
	return true
}

// makeRoom lets the accepted connection give way that has failed to prove itself for the longest
// time, when there are too many. a.mu is held.
func (a *Agent) makeRoom() bool {
	var oldest *pair
	accepted := 0
	for _, p := range a.pairs {
		if p.accepted && !p.unwanted {
			accepted++
			if oldest == nil && !p.proven {
				oldest = p
			}
		}
	}
	if accepted < maxAccepted {
		return true
	}
	if oldest == nil {
		return false
	}
	oldest.unwanted = true
	oldest.wake()
	return true
}

// drop forgets a pair that has failed.
func (a *Agent) drop(p *pair) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remove(p)
	if a.nominee == p {
		a.nominee = nil
	}
	a.note()
}

func (a *Agent) remove(p *pair) {
	a.pairs = slices.DeleteFunc(a.pairs, func(other *pair) bool { return other == p })
}

// take makes a nominated pair the winner, unless there is one. Its deadlines belong to the stream from
// then on, so that it is not woken any more.
func (a *Agent) take(p *pair) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over() {
		return false
	}
	a.winner = p
	a.remove(p)
	a.wakeAll()
	close(a.chosen)
	return true
}

// keep decides whether a pair that has come to its end leaves its connection open.
func (a *Agent) keep(p *pair) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.keepLocked(p)
}

// keepLocked leaves a connection that lost open for as long as the winner lasts. Jami does not read the
// losers any more, but polls them still: were one at its end, every poll would find it, and pjlib, which
// Jami is built on, sleeps 500 ms when a poll finds nothing to do. All that we say on the winner would be
// heard that much later. It probes them itself, every 30 s, which keeps translators awake; were one dead, the
// winner would show it.
func (a *Agent) keepLocked(p *pair) bool {
	if a.winner == nil || a.closed || p.unwanted || len(a.losers) == maxLosers {
		return false
	}
	_ = p.conn.SetDeadline(time.Time{})
	spare(p.conn)
	a.losers = append(a.losers, p)
	return true
}
