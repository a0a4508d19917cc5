// SPDX-License-Identifier: GPL-3.0-or-later

package table

import (
	"slices"
	"time"
)

func (b *Bucket) has(n *Node) bool { return slices.Contains(b.Nodes, n) }

// add appends n if there is room.
func (b *Bucket) add(n *Node, size int) bool {
	if len(b.Nodes) >= size {
		return false
	}
	b.Nodes = append(b.Nodes, n)
	return true
}

// replaceExpired gives the place of a node that stopped answering to n.
func (b *Bucket) replaceExpired(n *Node) bool {
	for i, old := range b.Nodes {
		if old.expired {
			b.Nodes[i] = n
			return true
		}
	}
	return false
}

// dubious reports whether the bucket has a node that is not good, and the first such node that is
// not being asked already.
func (b *Bucket) dubious(now time.Time) (found bool, ask *Node) {
	for _, n := range b.Nodes {
		if n.Good(now) {
			continue
		}
		found = true
		if n.pending == 0 {
			return true, n
		}
	}
	return found, nil
}

// replaceSlow gives the place of the slowest node to n if n answers in less than half its time.
// Far buckets choose among very many nodes, so it pays to keep those that answer promptly (Jimenez,
// Osmani and Knutsson, "Sub-second lookups on a large-scale Kademlia-based overlay", 2011); the
// factor keeps old nodes, which tend to stay, from being driven out by small differences.
func (b *Bucket) replaceSlow(n *Node, now time.Time) bool {
	if !n.RTT.Known() || !n.Good(now) {
		return false
	}
	slowest := -1
	for i, old := range b.Nodes {
		if old.RTT.Known() && (slowest < 0 || old.RTT.Mean() > b.Nodes[slowest].RTT.Mean()) {
			slowest = i
		}
	}
	if slowest < 0 || 2*n.RTT.Mean() > b.Nodes[slowest].RTT.Mean() || b.Nodes[slowest].RTT.Mean() < noticeable {
		return false
	}
	b.Nodes[slowest] = n
	return true
}

// noticeable is the round trip below which nobody cares who is faster.
const noticeable = 20 * time.Millisecond
