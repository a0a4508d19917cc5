// SPDX-License-Identifier: GPL-3.0-or-later

package jitter

import (
	"math"
	"time"
)

const (
	binWidth = 2 * time.Millisecond
	bins     = 256 // longest delay that is told apart: 512 ms
	// quantile is the share of packets that must come in time; the rest are concealed.
	quantile = 0.98
	// margin is added to what the quantile asks for.
	margin = 4 * time.Millisecond
	// memory is after how many packets the past counts half.
	memory = 128
	// window is how long the fastest packet is remembered at least. It bounds how fast a slower
	// clock of the sender, or a longer path, is noticed.
	window = 4 * time.Second
	// The first packets of a call tell little: until enough came, no less than earlyTarget is kept.
	earlyPackets = 25
	earlyTarget  = 40 * time.Millisecond
	leastTarget  = 10 * time.Millisecond
	// shortcut is how much faster a packet must be than all before it to have come by another
	// path, about which the delays so far say nothing.
	shortcut = 50 * time.Millisecond
)

// estimator learns the delay of a path from the transit times of its packets. A transit time is
// arrival less timestamp: its zero means nothing, since the clocks differ, but the differences do.
type estimator struct {
	packets int
	counts  [bins]uint32 // packets by delay beyond the fastest
	total   uint32
	floor   time.Duration // transit of the fastest within one or two windows
	recent  time.Duration // the same since the present window began
	former  time.Duration // and within the one before
	ends    time.Duration
	cached  time.Duration
}

func (e *estimator) reset() { *e = estimator{} }

// add takes the transit time of a packet that arrived at a time.
func (e *estimator) add(transit, at time.Duration) {
	if e.packets == 0 || transit < e.floor-shortcut {
		e.reset()
		e.floor, e.recent, e.former = transit, transit, math.MaxInt64
		e.ends = at + window
	}
	e.packets++
	if at >= e.ends {
		e.former, e.recent, e.ends = e.recent, transit, at+window
	}
	e.recent = min(e.recent, transit)
	e.moveFloor(min(e.recent, e.former))
	const weight = 16 // so that halving leaves something of a single packet
	bin := min(int((transit-e.floor)/binWidth), bins-1)
	e.counts[bin] += weight
	e.total += weight
	if e.packets%memory == 0 {
		e.total = 0
		for i, n := range e.counts {
			e.counts[i] = n / 2
			e.total += n / 2
		}
	}
	if e.packets < earlyPackets || e.packets%16 == 0 {
		e.cached = e.compute()
	}
}

// moveFloor changes what delays are counted from, in whole bins, and shifts the counts with it.
func (e *estimator) moveFloor(to time.Duration) {
	if to >= e.floor && to < e.floor+binWidth {
		return
	}
	shift := int((e.floor - to) / binWidth)
	if to < e.floor && (e.floor-to)%binWidth != 0 {
		shift++
	}
	e.floor -= time.Duration(shift) * binWidth
	var moved [bins]uint32
	for i, n := range e.counts {
		moved[max(0, min(bins-1, i+shift))] += n
	}
	e.counts = moved
}

// compute returns how long after the fastest the quantile has arrived.
func (e *estimator) compute() time.Duration {
	allowed := uint32(float64(e.total) * (1 - quantile))
	bin, beyond := bins-1, e.counts[bins-1]
	for bin > 0 && beyond <= allowed {
		bin--
		beyond += e.counts[bin]
	}
	target := max(time.Duration(bin+1)*binWidth+margin, leastTarget)
	if e.packets < earlyPackets {
		target = max(target, earlyTarget)
	}
	return target
}

// target returns how long after the fastest packet a packet should be played.
func (e *estimator) target() time.Duration { return e.cached }
