// SPDX-License-Identifier: GPL-3.0-or-later

package sim

import (
	"fmt"
	"slices"
	"time"
)

// Report sums lookups up.
type Report struct {
	Lookups  int
	Lost     int // a replica lived, and nothing was found
	NoLiving int // no replica lived
	Hops     float64
	Requests float64

	First, FirstP99, FirstMax time.Duration // until the first value: median, 99th percentile, longest
	Whole, WholeP99           time.Duration // until the end
}

// Sum makes a report of finished lookups.
func Sum(lookups []*Lookup) Report {
	var r Report
	var first, whole []time.Duration
	for _, l := range lookups {
		if !l.Replica {
			r.NoLiving++
			continue
		}
		r.Lookups++
		r.Requests += float64(l.Requests)
		whole = append(whole, l.Whole)
		if !l.Found {
			r.Lost++
			continue
		}
		r.Hops += float64(l.Hops)
		first = append(first, l.First)
	}
	r.Hops /= max(1, float64(len(first)))
	r.Requests /= max(1, float64(r.Lookups))
	r.First, r.FirstP99, r.FirstMax = percentile(first, 50), percentile(first, 99), percentile(first, 100)
	r.Whole, r.WholeP99 = percentile(whole, 50), percentile(whole, 99)
	return r
}

// FoundShare is the share of values with a living replica that were found.
func (r Report) FoundShare() float64 { return 1 - float64(r.Lost)/max(1, float64(r.Lookups)) }

func (r Report) String() string {
	return fmt.Sprintf("%d lookups: %.2f %% found; first value median %d ms, p99 %d ms, max %d ms; complete median %d ms, p99 %d ms; %.2f hops, %.1f requests",
		r.Lookups, 100*r.FoundShare(), r.First.Milliseconds(), r.FirstP99.Milliseconds(), r.FirstMax.Milliseconds(),
		r.Whole.Milliseconds(), r.WholeP99.Milliseconds(), r.Hops, r.Requests)
}

func percentile(d []time.Duration, p int) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[min(len(d)-1, len(d)*p/100)]
}
