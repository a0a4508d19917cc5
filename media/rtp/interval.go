// SPDX-License-Identifier: GPL-3.0-or-later

package rtp

import (
	"math/rand/v2"
	"time"
)

const (
	// firstReport comes early, so that a short call has its figures too. It is shorter than the
	// half of the interval that RFC 3550 6.2 recommends, which is meant for large groups.
	firstReport = 500 * time.Millisecond
	// reportInterval is the least average distance of reports (RFC 3550 6.2); for two members it
	// is always the one that counts.
	reportInterval = 5 * time.Second
)

// ReportDelay returns how long to wait before a report: half to one and a half of the interval at
// random, so that the two ends do not fall into step (RFC 3550 6.3.1).
func ReportDelay(first bool) time.Duration {
	d := reportInterval
	if first {
		d = firstReport
	}
	return d/2 + rand.N(d)
}
