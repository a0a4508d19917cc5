// SPDX-License-Identifier: GPL-3.0-or-later

package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// Round trips are spread log-normally around their median within limits.
const (
	rttMedian = 100 * time.Millisecond
	rttMin    = 20 * time.Millisecond
	rttMax    = 400 * time.Millisecond
	rttSpread = 0.6 // standard deviation of the logarithm: 5 % are under 37 ms, 5 % over 270 ms
)

// rtt is the round trip between two nodes. Half of its variance belongs to the pair, a quarter to the
// access of each of the two.
func (w *World) rtt(a, b *Node) time.Duration {
	lo, hi := uint64(min(a.index, b.index)), uint64(max(a.index, b.index))
	pair := rand.New(rand.NewPCG(w.cfg.Seed^lo, hi)).NormFloat64()
	z := a.drawn/2 + b.drawn/2 + pair*math.Sqrt2/2
	rtt := time.Duration(float64(rttMedian) * math.Exp(rttSpread*z))
	return min(max(rtt, rttMin), rttMax)
}

// delay is how long one packet takes: half a round trip, a tenth more or less.
func (w *World) delay(from, to *Node) time.Duration {
	return time.Duration(float64(w.rtt(from, to)) / 2 * (0.9 + 0.2*w.rand.Float64()))
}
