// SPDX-License-Identifier: GPL-3.0-or-later

package storage

import (
	"time"

	"bellwire/dht/value"
)

// decision is what the rules say about a put.
type decision struct {
	verdict Verdict
	change  Change
	old     *item        // what is refreshed or replaced
	value   *value.Value // what is to be stored
	expires time.Time
}

// Admit says whether a put may be stored. Nothing changes.
func (s *Store) Admit(now time.Time, p Put) Verdict { return s.decide(now, p).verdict }

// decide applies the rules of the protocol, but for the token and the distance to the key, which the
// caller checked.
func (s *Store) decide(now time.Time, p Put) decision {
	refused := decision{verdict: Refused}
	v := p.Value
	if v.ID == 0 {
		return decision{verdict: RefusedID}
	}
	b := s.buckets[p.Key]
	old := b.find(v.ID)
	if old != nil && !old.live(now) {
		old = nil // its time was over before Tick came round
	}
	if old != nil && old.entry.Value.SameContents(v) {
		return decision{change: Refreshed, old: old}
	}
	policy := s.cfg.Types.Policy(v.Type)
	expires := lifeBegins(now, p.Created).Add(policy.Lifetime)
	if !now.Before(expires) {
		return refused
	}
	v, ok := policy.Store(p.Key, v, p.From)
	if !ok {
		return refused
	}
	d := decision{value: v, expires: expires, old: old, change: Added}
	if policy.Verified && v.IsSigned() {
		d.verdict = NeedsVerification
	}
	if old == nil {
		if b != nil && b.count >= s.cfg.ValuesPerKey {
			return refused
		}
		return d
	}
	return s.decideEdit(p, d)
}

// decideEdit applies the rules for a value whose id is taken by other contents.
func (s *Store) decideEdit(p Put, d decision) decision {
	stored := d.old.entry.Value
	if stored.SameContents(d.value) {
		// The store policy made it what it made of the same put before.
		return decision{change: Refreshed, old: d.old}
	}
	if !s.cfg.Types.Policy(stored.Type).Edit(p.Key, stored, d.value) {
		return decision{verdict: Refused}
	}
	d.change = Edited
	if d.value.IsSigned() {
		// Whatever type it claims: an edit takes the place of what the owner signed.
		d.verdict = NeedsVerification
	}
	return d
}

// lifeBegins returns the earlier of now and the claimed time of creation, if there is a claim.
func lifeBegins(now, created time.Time) time.Time {
	if created.IsZero() || created.After(now) {
		return now
	}
	return created
}
