// SPDX-License-Identifier: GPL-3.0-or-later

package storage

import (
	"iter"
	"time"

	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Get yields the values under key that pass the filters, in the order in which they came. The store must
// not be changed while it runs.
func (s *Store) Get(now time.Time, key wire.Hash, q value.Query) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		b := s.buckets[key]
		if b == nil {
			return
		}
		for _, i := range b.items {
			if i != nil && i.live(now) && i.entry.Value.Matches(q) && !yield(i.entry) {
				return
			}
		}
	}
}

// Find returns the value with the id under key.
func (s *Store) Find(now time.Time, key wire.Hash, id uint64) (*Entry, bool) {
	i := s.buckets[key].find(id)
	if i == nil || !i.live(now) {
		return nil, false
	}
	return i.entry, true
}
