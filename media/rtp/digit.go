// SPDX-License-Identifier: GPL-3.0-or-later

// Package rtp reads and writes RTP (RFC 3550) headers in place, keeps the statistics of each
// direction, builds and parses RTCP reports, and carries digits (RFC 4733).
package rtp

import "time"

// Digit is a key that the far end pressed: one of 0-9 * # A B C D.
type Digit struct {
	Key      byte
	Duration time.Duration // as far as its packets told
}
