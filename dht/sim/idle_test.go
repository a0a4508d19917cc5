// SPDX-License-Identifier: GPL-3.0-or-later

package sim_test

import (
	"testing"
	"time"

	"bellwire/dht/sim"
)

// An idle node of a small network costs no more than the real program's, of which a median of 33 bytes
// a second in and out was measured.
func TestIdleTraffic(t *testing.T) {
	w := sim.New(sim.Config{Seed: 1, Nodes: 30, JoinTime: 3 * time.Second})
	w.Run(63 * time.Second)
	if rate := idleRate(w, 200*time.Second); rate > 33 {
		t.Errorf("median %.1f B/s", rate)
	}
}
