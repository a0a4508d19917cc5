// SPDX-License-Identifier: GPL-3.0-or-later

package discovery

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// answersPerSecond bounds our answers to all, answerPause those to one address: several nodes on one
	// host may ask in the same second.
	answersPerSecond = 20
	answerPause      = 50 * time.Millisecond

	// findingsPerSecond bounds the nodes handed out, each of which costs a ping.
	findingsPerSecond = 50

	// remembered is how many addresses a limiter remembers.
	remembered = 256
)

// limiter lets a number of events pass in each second, and those of one address with a pause between.
type limiter struct {
	perSecond int
	pause     time.Duration

	mu     sync.Mutex
	second time.Time // when the present second began
	passed int       // in it
	last   map[netip.Addr]time.Time
}

func newLimiter(perSecond int, pause time.Duration) limiter {
	return limiter{perSecond: perSecond, pause: pause, last: make(map[netip.Addr]time.Time)}
}

func (l *limiter) allow(now time.Time, from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.second) >= time.Second {
		l.second, l.passed = now, 0
		clear(l.last)
	}
	if l.passed >= l.perSecond || len(l.last) >= remembered {
		return false
	}
	if last, ok := l.last[from]; ok && now.Sub(last) < l.pause {
		return false
	}
	l.last[from] = now
	l.passed++
	return true
}
