// SPDX-License-Identifier: GPL-3.0-or-later

package storage

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/internal/queue"
)

const (
	// listenFor is how long a registration lasts; listeners renew it every 20 s.
	listenFor = 10 * time.Minute

	// siteShare is the part of each limit on registrations that one Site may use.
	siteShare = 4

	// maxQueryBytes bounds the operands of a filter that is kept.
	maxQueryBytes = 512
)

// Listener is the registration of a node for the changes under a key.
type Listener struct {
	Node wire.NodeInfo
	// SID is the socket id the node gave; together with the address it names the registration.
	SID uint32
	// Old means that the node does not understand Update requests.
	Old   bool
	Query value.Query
}

type registration struct {
	Listener
	bucket  *bucket
	expires time.Time
	place   queue.Place
}

func endsBefore(a, b *registration) bool { return a.expires.Before(b.expires) }

// Listen registers a listener for ten minutes or renews its registration (same address, key and SID).
// added tells a new one, to which the values that Get yields are to be sent now. The error is ErrTooMany.
func (s *Store) Listen(now time.Time, key wire.Hash, l Listener) (added bool, err error) {
	query, ok := keepQuery(l.Query)
	if !ok {
		return false, ErrTooMany
	}
	l.Query = query
	if r := s.buckets[key].registration(l.Node.Addr, l.SID); r != nil && now.Before(r.expires) {
		r.Listener, r.expires = l, now.Add(listenFor)
		s.registrations.Update(r)
		return false, nil
	}
	site := wire.Site(l.Node.Addr.Addr())
	if s.crowded(key, site) {
		return false, ErrTooMany
	}
	b := s.bucket(key)
	r := &registration{Listener: l, bucket: b, expires: now.Add(listenFor)}
	b.listeners = append(b.listeners, r)
	s.registrations.Update(r)
	s.listening[site]++
	s.stats.Listeners++
	s.stats.Keys = len(s.buckets)
	return true, nil
}

// crowded reports whether there is no room for another registration by a site.
func (s *Store) crowded(key wire.Hash, site netip.Addr) bool {
	if s.stats.Listeners >= s.cfg.Listeners || s.listening[site] >= max(1, s.cfg.Listeners/siteShare) {
		return true
	}
	b := s.buckets[key]
	if b == nil {
		return false
	}
	same := 0
	for _, r := range b.listeners {
		if wire.Site(r.Node.Addr.Addr()) == site {
			same++
		}
	}
	return len(b.listeners) >= s.cfg.ListenersPerKey || same >= max(1, s.cfg.ListenersPerKey/siteShare)
}

// keepQuery copies the operands of a query, which lie in a packet. ok is false when they are too long.
func keepQuery(q value.Query) (kept value.Query, ok bool) {
	kept = value.Query{Select: q.Select, Where: slices.Clone(q.Where)}
	total := 0
	for i, c := range kept.Where {
		total += len(c.Bytes)
		if total > maxQueryBytes {
			return kept, false
		}
		kept.Where[i].Bytes = bytes.Clone(c.Bytes)
	}
	return kept, true
}

func (b *bucket) registration(addr netip.AddrPort, sid uint32) *registration {
	if b == nil {
		return nil
	}
	for _, r := range b.listeners {
		if r.SID == sid && r.Node.Addr == addr {
			return r
		}
	}
	return nil
}

// unlisten ends a registration.
func (s *Store) unlisten(r *registration) {
	s.registrations.Remove(r)
	r.bucket.listeners = slices.DeleteFunc(r.bucket.listeners, func(other *registration) bool { return other == r })
	site := wire.Site(r.Node.Addr.Addr())
	if s.listening[site]--; s.listening[site] == 0 {
		delete(s.listening, site)
	}
	s.stats.Listeners--
	s.tidy(r.bucket)
}

// result describes a change with a notice to each listener whose filters the value passes.
func (s *Store) result(now time.Time, change Change, i *item) Result {
	r := Result{Change: change, Key: i.bucket.key, Entry: i.entry}
	row := i.entry.Value.Row()
	for _, l := range i.bucket.listeners {
		if now.Before(l.expires) && l.Query.Match(row) {
			r.Notices = append(r.Notices, Notice{To: &l.Listener, Key: r.Key, Change: change, Entry: i.entry})
		}
	}
	return r
}
