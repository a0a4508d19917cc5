// SPDX-License-Identifier: GPL-3.0-or-later

// Package search walks towards a key: which nodes are known around it, which of them to ask next,
// and when enough have answered. It sends nothing; the engine tells it what was sent and answered.
package search

import "time"

// Limits of every lookup.
const (
	Width     = 8   // leading nodes that must have answered, and that get a value
	Kept      = 14  // nodes remembered around a key
	MaxFailed = 25  // nodes in a row without an answer that end a walk
	MaxAsked  = 128 // nodes one walk asks at most, whatever it is told
)

// Strategy is how eagerly a walk asks.
type Strategy struct {
	// Parallel is the number of nodes asked at once, not counting those that are late.
	Parallel int

	// Overtake asks the next node as soon as an answer is later than this node usually takes,
	// rather than when its request would be repeated.
	Overtake bool

	// SelectFirst asks for the ids of the values before it asks for values, everywhere.
	SelectFirst bool

	// Buckets are the sizes of the farthest buckets of the routing table, see table.New. More nodes
	// there are fewer steps to everywhere, and cost nothing: they are nodes that came to us.
	Buckets []int
}

// Prompt returns the strategy of this program, after Jimenez, Osmani and Knutsson, "Sub-second
// lookups on a large-scale Kademlia-based overlay" (2011).
func Prompt() Strategy {
	return Strategy{Parallel: 8, Overtake: true, Buckets: []int{32, 32, 32, 32, 16, 16}}
}

// Classic returns the strategy of OpenDHT's own client, against which ours is measured.
func Classic() Strategy { return Strategy{Parallel: 4, SelectFirst: true} }

// Late bounds.
const (
	lateFloor   = 30 * time.Millisecond // scheduling, not the network, makes differences below this
	lateCeiling = time.Second           // here the request itself is repeated
)

// LateAfter is the time after which an answer that usually comes within bound is late.
func LateAfter(bound time.Duration) time.Duration { return min(max(bound, lateFloor), lateCeiling) }
