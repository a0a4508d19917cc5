// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

import (
	"net/netip"
	"time"
)

const (
	// requestsPerSecond bounds what we serve in all, requestsPerAddress what we serve one address.
	requestsPerSecond  = 200
	requestsPerAddress = 50

	// answersPerSecond bounds what is taken for an answer. Our own requests are far fewer.
	answersPerSecond = 400
)

// limits are numbers of datagrams in a second.
type limits struct{ requests, requestsByOne, answers int }

func usualLimits() limits { return limits{requestsPerSecond, requestsPerAddress, answersPerSecond} }

// limiter counts datagrams by the second. It belongs to the goroutine that reads.
type limiter struct {
	limits   limits
	second   time.Time // when the present one began
	requests int
	answers  int
	byAddr   map[netip.Addr]int // requests
}

func newLimiter(l limits) *limiter { return &limiter{limits: l, byAddr: make(map[netip.Addr]int)} }

// allow reports whether a datagram of that kind may pass.
func (l *limiter) allow(now time.Time, from netip.Addr, kind verdict) bool {
	if now.Sub(l.second) >= time.Second {
		l.second, l.requests, l.answers = now, 0, 0
		clear(l.byAddr)
	}
	switch kind {
	case answer:
		l.answers++
		return l.answers <= l.limits.answers
	case request:
		if l.requests >= l.limits.requests || l.byAddr[from] >= l.limits.requestsByOne {
			return false
		}
		l.requests++
		l.byAddr[from]++
		return true
	}
	return false
}
