// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"time"

	"bellwire/link/ice"
)

// How long the controlling end waits for a better pair than the first: connections on one network come
// up together, and a relay costs for as long as the link lives.
const (
	directGrace = 10 * time.Millisecond
	relayGrace  = 300 * time.Millisecond
)

// nominate picks a pair when it is time to, and returns when to ask again. Which pairs are good is for
// the controlling end to say (RFC 8445, section 8.1.1).
func (a *Agent) nominate() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.role != ice.Controlling || a.nominee != nil || a.over() {
		return idle
	}
	var best *pair
	first := time.Now()
	for _, p := range a.pairs {
		if !p.valid || p.unwanted {
			continue
		}
		if p.validSince.Before(first) {
			first = p.validSince
		}
		if best == nil || a.better(p, best) {
			best = p
		}
	}
	if best == nil {
		return idle
	}
	grace := directGrace
	if best.relayed {
		grace = relayGrace
	}
	if rest := time.Until(first.Add(grace)); rest > 0 {
		return rest
	}
	a.nominee = best
	best.wake()
	return idle
}

// idle is how long nothing happens by itself.
const idle = time.Hour

// better reports whether p is to be preferred to q. a.mu is held.
func (a *Agent) better(p, q *pair) bool {
	if p.relayed != q.relayed {
		return q.relayed
	}
	return pairPriority(a.role, p.priority, p.peer) > pairPriority(a.role, q.priority, q.peer)
}

// note tells Connect to look at the pairs.
func (a *Agent) note() {
	select {
	case a.noted <- struct{}{}:
	default:
	}
}
