// SPDX-License-Identifier: GPL-3.0-or-later

package rtp

import (
	"math/rand/v2"
	"time"
)

const (
	// The first two reports come early, so that a short call has its figures too: the second
	// answers the far end's first, which gives the round trip. RFC 3550 6.2 recommends half of the
	// interval for the first, meant for large groups.
	firstReport  = 500 * time.Millisecond
	secondReport = time.Second
	// reportInterval is the least average distance of reports (RFC 3550 6.2); for two members it
	// is always the one that counts.
	reportInterval = 5 * time.Second
)

// ReportDelay returns how long to wait before the next report when so many were sent: half to one
// and a half of the interval at random, so that the two ends do not fall into step (RFC 3550 6.3.1).
func ReportDelay(sent int) time.Duration {
	d := reportInterval
	switch sent {
	case 0:
		d = firstReport
	case 1:
		d = secondReport
	}
	return d/2 + rand.N(d)
}
