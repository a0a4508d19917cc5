// SPDX-License-Identifier: GPL-3.0-or-later

package storage

import (
	"net/netip"
	"time"

	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Commit stores a put whose signature, if it claims one, is right. Everything Admit checks is checked
// again, since other changes may have come between. The results are that of the put and, when the store
// was full, those of values that had to go (Expired). Nothing of p is kept.
func (s *Store) Commit(now time.Time, p Put) []Result {
	d := s.decide(now, p)
	switch {
	case d.verdict == Refused || d.verdict == RefusedID:
		return nil
	case d.change == Refreshed:
		return []Result{s.refresh(now, d.old)}
	}
	return s.store(now, p.Key, p.From, d)
}

// store puts the value of a decision into its bucket. An invalid from stands for ourselves.
func (s *Store) store(now time.Time, key wire.Hash, from netip.Addr, d decision) []Result {
	entry, err := newEntry(d.value)
	if err != nil {
		return nil
	}
	s.arrived++
	i := &item{entry: entry, order: s.arrived, expires: d.expires, cost: costOf(entry)}
	s.charge(i, from)
	results, stays := s.makeRoom(now, i)
	if !stays {
		return results
	}
	// What was to be replaced may have been crowded out just now.
	if old := s.buckets[key].find(entry.Value.ID); old != nil {
		s.detach(old)
	}
	s.bucket(key).add(i)
	s.expiry.Update(i)
	s.stats.Values++
	s.stats.Keys = len(s.buckets)
	return append([]Result{s.result(now, d.change, i)}, results...)
}

// newEntry copies a value, so that nothing holds on to the packet it came in.
func newEntry(v *value.Value) (*Entry, error) {
	copied, packed, err := v.Compact()
	if err != nil {
		return nil, err
	}
	return &Entry{Value: copied, Packed: packed}, nil
}

// makeRoom drops values until those of others fit their limit. It reports whether the new item i, which
// is charged but in no bucket yet, is not among them.
func (s *Store) makeRoom(now time.Time, i *item) (results []Result, stays bool) {
	for {
		victim := s.crowdedOut()
		switch victim {
		case nil:
			return results, true
		case i:
			s.release(i)
			return results, false
		}
		results = append(results, s.drop(now, victim))
	}
}

// drop removes an item and says so to its listeners.
func (s *Store) drop(now time.Time, i *item) Result {
	r := s.result(now, Expired, i)
	b := i.bucket
	s.detach(i)
	s.tidy(b)
	return r
}

// detach takes an item out of everything but leaves the bucket, even when empty.
func (s *Store) detach(i *item) {
	s.expiry.Remove(i)
	s.release(i)
	i.bucket.remove(i)
	s.stats.Values--
}

// Refresh prolongs the life of a value by its lifetime from now. The error is ErrNotStored.
func (s *Store) Refresh(now time.Time, key wire.Hash, id uint64) (Result, error) {
	i := s.buckets[key].find(id)
	if i == nil || !i.live(now) {
		return Result{}, ErrNotStored
	}
	return s.refresh(now, i), nil
}

func (s *Store) refresh(now time.Time, i *item) Result {
	i.expires = now.Add(s.cfg.Types.Lifetime(i.entry.Value.Type))
	s.reorder(i)
	return s.result(now, Refreshed, i)
}

// reorder moves an item whose expiry changed.
func (s *Store) reorder(i *item) {
	if i.permanent {
		s.expiry.Remove(i)
	} else {
		s.expiry.Update(i)
	}
	if i.account != nil {
		i.account.items.Update(i)
	}
}
