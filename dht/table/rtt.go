// SPDX-License-Identifier: GPL-3.0-or-later

package table

import "time"

// RTT estimates the round trip to a node as RFC 6298 does: a smoothed mean and a mean deviation.
// The zero value has no sample.
type RTT struct{ mean, dev time.Duration }

// Add counts one measured round trip.
func (r *RTT) Add(sample time.Duration) {
	if r.mean == 0 {
		r.mean, r.dev = max(sample, 1), sample/2
		return
	}
	diff := r.mean - sample
	if diff < 0 {
		diff = -diff
	}
	r.dev += (diff - r.dev) / 4
	r.mean = max(r.mean+(sample-r.mean)/8, 1)
}

// Known reports whether there was a sample.
func (r RTT) Known() bool { return r.mean > 0 }

// Mean is the smoothed round trip, zero without a sample.
func (r RTT) Mean() time.Duration { return r.mean }

// Bound is the time within which most answers come: the mean plus two deviations.
func (r RTT) Bound() time.Duration { return r.mean + 2*r.dev }
