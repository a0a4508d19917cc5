// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Of many phones each server of a priority gets the share of its weight, and those behind it again.
func TestWeightsShareThePhones(t *testing.T) {
	const phones = 20000
	first, second := map[string]int{}, map[string]int{}
	for seed := range uint64(phones) {
		records := []SRV{{5, 10, 1, "a"}, {5, 30, 1, "b"}, {5, 60, 1, "c"}, {5, 0, 1, "d"}, {9, 65535, 1, "last"}}
		sortSRV(records, seed+1)
		first[records[0].Target]++
		if records[0].Target == "c" {
			second[records[1].Target]++
		}
		if records[4].Target != "last" {
			t.Fatal("a worse priority is in front")
		}
	}
	near := func(what string, got int, of int, share float64) {
		t.Helper()
		if math.Abs(float64(got)/float64(of)-share) > 0.02 {
			t.Errorf("%s: %d of %d, want %.0f%%", what, got, of, share*100)
		}
	}
	near("a first", first["a"], phones, 0.10)
	near("b first", first["b"], phones, 0.30)
	near("c first", first["c"], phones, 0.60)
	near("d first", first["d"], phones, 0.001)
	near("b behind c", second["b"], first["c"], 0.75)
}

// The order hangs on the seed and the records, not on the order in which these came.
func TestTheDrawIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) SRV {
			return SRV{
				rapid.Uint16Range(0, 2).Draw(t, "priority"), rapid.Uint16().Draw(t, "weight"), 5060,
				rapid.StringMatching(`[a-z]{1,4}`).Draw(t, "target"),
			}
		}), 0, 20, func(r SRV) string { return r.Target }).Draw(t, "records")
		seed := rapid.Uint64().Draw(t, "seed")
		shuffled := rapid.Permutation(records).Draw(t, "shuffled")
		sortSRV(records, seed)
		sortSRV(shuffled, seed)
		if !slices.Equal(records, shuffled) {
			t.Fatalf("%v and %v", records, shuffled)
		}
		if !slices.IsSortedFunc(records, func(a, b SRV) int { return int(a.Priority) - int(b.Priority) }) {
			t.Fatalf("not by priority: %v", records)
		}
	})
}
