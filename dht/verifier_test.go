// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"net/netip"
	"testing"

	"bellwire/dht/engine"
	"bellwire/dht/value"
)

// Jobs of others are bounded, in total and for each address; our own are done before them.
func TestOwnJobsComeFirst(t *testing.T) {
	n := &Node{closed: make(chan struct{}), verified: make(chan verdict)}
	v := newVerifier(1, n)
	foreign := func(host byte) *engine.Job {
		return &engine.Job{Value: &value.Value{ID: uint64(host)}, From: netip.AddrFrom4([4]byte{10, 0, 0, host})}
	}
	for host, want := range []int{maxForeignPerSite, maxForeignPerSite, maxForeignPerSite, maxForeignPerSite, 0} {
		taken := 0
		for range 1000 {
			if v.add(foreign(byte(host))) {
				taken++
			}
		}
		// One job of the first address may be in the worker's hands already.
		if taken < want || taken > want+1 {
			t.Errorf("%d jobs of address %d were taken", taken, host)
		}
	}
	const own = 20
	for range own {
		if !v.add(&engine.Job{Value: &value.Value{ID: 99}, Own: true}) {
			t.Fatal("a job of our own was refused")
		}
	}
	before := 0
	for seen := 0; seen < own; {
		if j := <-n.verified; j.job.Own {
			seen++
		} else {
			before++
		}
	}
	if before > 1 {
		t.Errorf("%d jobs of others were done before ours", before)
	}
	close(n.closed)
	v.wait()
	if v.running != 0 {
		t.Errorf("%d workers are left", v.running)
	}
}
