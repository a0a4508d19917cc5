// SPDX-License-Identifier: GPL-3.0-or-later

package storage

import (
	"time"

	"bellwire/dht/wire"
	"bellwire/internal/queue"
)

const (
	// itemCost is what a value is charged beside its encoding, for the item, the parsed value and its
	// share of the bucket.
	itemCost = 896
	// ownerCost times the length of an owner's key is charged for the key beside the encoding: the
	// parsed number, its own copy of the encoding, and the ids.
	ownerCost = 3

	// indexedFrom is the number of values from which on a bucket has an index by id.
	indexedFrom = 16
)

// item is a stored value and how long it stays.
type item struct {
	entry     *Entry
	bucket    *bucket
	position  int // in bucket.items
	order     uint64
	expires   time.Time
	permanent bool
	account   *account // who is charged; nil for values published here
	cost      int

	inExpiry, inAccount queue.Place
}

// expiresBefore orders items by expiry, then by age, so that equal runs have equal results.
func expiresBefore(a, b *item) bool {
	if !a.expires.Equal(b.expires) {
		return a.expires.Before(b.expires)
	}
	return a.order < b.order
}

func (i *item) live(now time.Time) bool { return i.permanent || now.Before(i.expires) }

func costOf(e *Entry) int {
	cost := itemCost + len(e.Packed)
	if owner := e.Value.Owner; owner != nil {
		cost += ownerCost * len(owner.DER())
	}
	return cost
}

// bucket holds what concerns one key.
type bucket struct {
	key       wire.Hash
	items     []*item // in the order of arrival, with nil for those that are gone
	count     int
	byID      map[uint64]*item // only while there are many
	listeners []*registration  // in the order of arrival
}

func (b *bucket) find(id uint64) *item {
	if b == nil {
		return nil
	}
	if b.byID != nil {
		return b.byID[id]
	}
	for _, i := range b.items {
		if i != nil && i.entry.Value.ID == id {
			return i
		}
	}
	return nil
}

func (b *bucket) add(i *item) {
	i.bucket, i.position = b, len(b.items)
	b.items = append(b.items, i)
	b.count++
	switch {
	case b.byID != nil:
		b.byID[i.entry.Value.ID] = i
	case b.count >= indexedFrom:
		b.byID = make(map[uint64]*item, 2*b.count)
		for _, i := range b.items {
			if i != nil {
				b.byID[i.entry.Value.ID] = i
			}
		}
	}
}

func (b *bucket) remove(i *item) {
	b.items[i.position] = nil
	b.count--
	if b.byID != nil {
		delete(b.byID, i.entry.Value.ID)
	}
	if len(b.items) > 2*b.count {
		b.compact()
	}
}

// compact closes the gaps. It runs when half are gaps, so its cost spreads over the removals.
func (b *bucket) compact() {
	kept := make([]*item, 0, b.count)
	for _, i := range b.items {
		if i != nil {
			i.position = len(kept)
			kept = append(kept, i)
		}
	}
	b.items = kept
	if b.count < indexedFrom {
		b.byID = nil
	}
}

func (b *bucket) empty() bool { return b.count == 0 && len(b.listeners) == 0 }

// bucket returns the bucket of a key, made if need be.
func (s *Store) bucket(key wire.Hash) *bucket {
	b := s.buckets[key]
	if b == nil {
		b = &bucket{key: key}
		s.buckets[key] = b
	}
	return b
}

// tidy forgets a bucket in which nothing is left.
func (s *Store) tidy(b *bucket) {
	if b.empty() {
		delete(s.buckets, b.key)
	}
	s.stats.Keys = len(s.buckets)
}
