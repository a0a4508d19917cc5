// SPDX-License-Identifier: GPL-3.0-or-later

package storage

import "time"

// maxPerTick bounds the values dropped by one Tick, so that the expiry of very many at once does not hold
// up everything else.
const maxPerTick = 1024

// Tick drops what expired until now and returns the results and when it wants to be called next; the
// zero time when nothing will expire.
func (s *Store) Tick(now time.Time) (results []Result, next time.Time) {
	for range maxPerTick {
		r, ok := s.registrations.Min()
		if !ok || now.Before(r.expires) {
			break
		}
		s.unlisten(r)
	}
	for range maxPerTick {
		i, ok := s.expiry.Min()
		if !ok || now.Before(i.expires) {
			break
		}
		results = append(results, s.drop(now, i))
	}
	return results, s.nextExpiry()
}

func (s *Store) nextExpiry() (next time.Time) {
	if i, ok := s.expiry.Min(); ok {
		next = i.expires
	}
	if r, ok := s.registrations.Min(); ok && (next.IsZero() || r.expires.Before(next)) {
		next = r.expires
	}
	return next
}
