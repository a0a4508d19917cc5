// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"time"

	"bellwire/dht/storage"
	"bellwire/dht/wire"
)

// FamilyStats counts what is known of one address family.
type FamilyStats struct {
	Good, Dubious int // nodes in the table, by state
	Depth         int // buckets
	Known         int // nodes in the table or not
	Targets       int // keys around which nodes are remembered
}

// Stats are figures of an engine at one moment.
type Stats struct {
	IPv4, IPv6 FamilyStats
	Store      storage.Stats
	Traffic    Traffic
}

// Stats returns the figures of this moment.
func (e *Engine) Stats(now time.Time) Stats {
	e.now = now
	return Stats{IPv4: e.v4.stats(), IPv6: e.v6.stats(), Store: e.store.Stats(), Traffic: e.stats}
}

func (f *family) stats() FamilyStats {
	if f == nil {
		return FamilyStats{}
	}
	good, dubious := f.table.Count(f.e.now)
	return FamilyStats{
		Good: good, Dubious: dubious, Depth: f.table.Depth(), Known: len(f.nodes), Targets: len(f.targets),
	}
}

// Connected reports whether at least one good node is known.
func (e *Engine) Connected(now time.Time) bool {
	for _, f := range e.families() {
		for n := range f.table.All() {
			if n.Good(now) {
				return true
			}
		}
	}
	return false
}

// Holds reports whether a value is stored here under the key.
func (e *Engine) Holds(now time.Time, key wire.Hash) bool {
	for range e.store.Get(now, key, wire.Query{}) {
		return true
	}
	return false
}
