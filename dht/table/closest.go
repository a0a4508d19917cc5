// SPDX-License-Identifier: GPL-3.0-or-later

package table

import (
	"iter"
	"time"

	"bellwire/dht/wire"
)

// All yields every node of the table, farthest buckets first.
func (t *Table) All() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for i := range t.buckets {
			for _, n := range t.buckets[i].Nodes {
				if !yield(n) {
					return
				}
			}
		}
	}
}

// Closest appends to dst the k nodes closest to the target that ok accepts, closest first.
func (t *Table) Closest(dst []*Node, target wire.Hash, k int, ok func(*Node) bool) []*Node {
	start, c := len(dst), t.index(target)
	take := func(i int) {
		for _, n := range t.buckets[i].Nodes {
			if ok(n) {
				dst = insertByDistance(dst, start, k, n, target)
			}
		}
	}
	// Ids in the target's own bucket share more bits with it than any other. Those in nearer buckets
	// share as many as we do, and each farther bucket one less.
	take(c)
	if len(dst)-start < k {
		for i := c + 1; i < len(t.buckets); i++ {
			take(i)
		}
	}
	for i := c - 1; i >= 0 && len(dst)-start < k; i-- {
		take(i)
	}
	return dst
}

// Good appends the k closest nodes that may be handed out.
func (t *Table) Good(dst []*Node, target wire.Hash, k int, now time.Time) []*Node {
	return t.Closest(dst, target, k, func(n *Node) bool { return n.Good(now) })
}

// Count returns how many nodes are good and how many are neither good nor expired.
func (t *Table) Count(now time.Time) (good, dubious int) {
	for n := range t.All() {
		switch {
		case n.Good(now):
			good++
		case !n.expired:
			dubious++
		}
	}
	return good, dubious
}

// insertByDistance keeps dst[start:] the sorted list of the at most k nodes closest to the target.
func insertByDistance(dst []*Node, start, k int, n *Node, target wire.Hash) []*Node {
	i := len(dst)
	for i > start && target.CompareDistance(n.ID, dst[i-1].ID) < 0 {
		i--
	}
	if i-start >= k {
		return dst
	}
	if len(dst)-start < k {
		dst = append(dst, nil)
	}
	copy(dst[i+1:], dst[i:])
	dst[i] = n
	return dst
}
