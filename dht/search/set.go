// SPDX-License-Identifier: GPL-3.0-or-later

package search

import (
	"slices"
	"time"

	"bellwire/dht/table"
	"bellwire/dht/wire"
)

// Member is a node in a Set.
type Member struct {
	Node *table.Node
	Hops int // 0 for nodes we knew, one more than the node that named it otherwise

	synced time.Time // last answer about this key
}

// Synced reports whether the node answered about this key within the life of a token and may be
// written to.
func (m *Member) Synced(now time.Time) bool {
	return !m.Node.Expired() && m.Node.Writable(now) && !m.synced.IsZero() && now.Sub(m.synced) < table.TokenLife
}

// Answered notes an answer about the key.
func (m *Member) Answered(now time.Time) { m.synced = now }

// Set is the nodes known around one key, closest first: never more than Kept that are not expired.
type Set struct {
	Target  wire.Hash
	members []*Member
}

// Members returns the nodes, closest first. The slice is valid until the next change.
func (s *Set) Members() []*Member { return s.members }

// Find returns the entry of a node, or nil.
func (s *Set) Find(n *table.Node) *Member {
	for _, m := range s.members {
		if m.Node == n {
			return m
		}
	}
	return nil
}

// Insert adds a node if it is among the closest; it reports whether the set changed.
func (s *Set) Insert(n *table.Node, hops int) bool {
	if n.Expired() || n.Client {
		return false
	}
	i, found := slices.BinarySearchFunc(s.members, n.ID, func(m *Member, id wire.Hash) int {
		return s.Target.CompareDistance(m.Node.ID, id)
	})
	if found {
		return false
	}
	if i >= Kept && s.usable() >= Kept {
		return false
	}
	s.members = slices.Insert(s.members, i, &Member{Node: n, Hops: hops})
	s.trim()
	return slices.ContainsFunc(s.members, func(m *Member) bool { return m.Node == n })
}

// Leads reports whether a node that is not in the set would be among its first Width.
func (s *Set) Leads(n *table.Node) bool {
	if n.Expired() || n.Client || s.Find(n) != nil {
		return false
	}
	return len(s.members) < Width || s.Target.CompareDistance(n.ID, s.members[Width-1].Node.ID) < 0
}

func (s *Set) usable() int {
	n := 0
	for _, m := range s.members {
		if !m.Node.Expired() {
			n++
		}
	}
	return n
}

// trim drops what lies beyond the closest nodes, and nodes that stopped answering.
func (s *Set) trim() {
	s.members = slices.DeleteFunc(s.members, func(m *Member) bool { return m.Node.Expired() })
	if len(s.members) > Kept {
		clear(s.members[Kept:])
		s.members = s.members[:Kept]
	}
}

// DropExpired forgets nodes that stopped answering.
func (s *Set) DropExpired() { s.trim() }

// SyncedLead counts the leading nodes that are synced, up to the first one that is not and is not
// being overtaken, as told by skip.
func (s *Set) SyncedLead(now time.Time, skip func(*Member) bool) int {
	n := 0
	for _, m := range s.members {
		if m.Node.Expired() || skip(m) {
			continue
		}
		if !m.Synced(now) {
			return n
		}
		n++
	}
	return n
}
