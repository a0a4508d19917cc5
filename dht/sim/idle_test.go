// SPDX-License-Identifier: GPL-3.0-or-later

package sim_test

import (
	"slices"
	"testing"
	"time"

	"bellwire/dht/sim"
)

// An idle node of a small network costs no more than the real program's, of which 33 bytes a second
// in and out were measured.
func TestIdleTraffic(t *testing.T) {
	w := sim.New(sim.Config{Seed: 1, Nodes: 30, JoinTime: 3 * time.Second})
	w.Run(63 * time.Second)
	before := w.Bytes()
	w.Run(200 * time.Second)
	after := w.Bytes()
	var rates []float64
	for n, bytes := range after {
		rates = append(rates, float64(bytes-before[n])/200)
	}
	t.Log(median(rates), rates)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
