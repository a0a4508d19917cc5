// SPDX-License-Identifier: GPL-3.0-or-later

package sim_test

import (
	"slices"
	"testing"
	"time"

	"bellwire/dht/sim"
)

// An idle node of a small network costs no more than the real program's, of which a median of 33 bytes
// a second in and out was measured.
func TestIdleTraffic(t *testing.T) {
	w := sim.New(sim.Config{Seed: 1, Nodes: 30, JoinTime: 3 * time.Second})
	w.Run(63 * time.Second)
	before := w.Bytes()
	w.Run(200 * time.Second)
	var rates []float64
	for n, bytes := range w.Bytes() {
		rates = append(rates, float64(bytes-before[n])/200)
	}
	slices.Sort(rates)
	if median := rates[len(rates)/2]; median > 33 {
		t.Errorf("median %.1f B/s of %.1f", median, rates)
	}
}
