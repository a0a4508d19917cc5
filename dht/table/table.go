// SPDX-License-Identifier: GPL-3.0-or-later

// Package table is the routing table of one node in one address family: buckets of remote nodes by
// their distance, which of them are good, dubious or expired, and who is kept when a bucket is full.
// It sends nothing and starts nothing; times are handed in.
//
// Only the bucket that covers our own id is ever split, so the buckets are a list: bucket i holds the
// ids that share exactly i leading bits with ours, the last one those that share at least so many.
package table

import (
	"math/rand/v2"
	"time"

	"bellwire/dht/wire"
)

// BucketSize is the number of nodes in an ordinary bucket, and of closest nodes that hold a value.
const BucketSize = 8

// Strength says how a node came to our notice.
type Strength int

const (
	Mentioned Strength = iota // in another node's list
	Spoke                     // it sent something
	Answered                  // it answered a request of ours
)

// Table is a routing table. The zero value is not usable; see New.
type Table struct {
	self    wire.Hash
	sizes   []int
	buckets []Bucket
	grown   time.Time // when our own bucket last took a node
}

// Bucket is one range of ids. The fields are for reading.
type Bucket struct {
	Nodes   []*Node
	Replied time.Time // when a node of it last answered
	cached  *Node     // takes the place of the next node that is removed
}

// New returns an empty table around our own id. Sizes are the capacities of the buckets, farthest
// first; buckets beyond the list hold BucketSize nodes.
func New(self wire.Hash, sizes ...int) *Table {
	return &Table{self: self, sizes: sizes, buckets: make([]Bucket, 1, 8)}
}

// Insert offers a node. It reports whether the table holds it now, and, when a full bucket made the
// newcomer wait, a dubious node of that bucket to be pinged.
func (t *Table) Insert(n *Node, how Strength, now time.Time) (kept bool, doubt *Node) {
	if n.Client || n.expired || n.ID == t.self {
		return false, nil
	}
	for {
		i := t.index(n.ID)
		b, own := &t.buckets[i], i == len(t.buckets)-1
		if b.has(n) {
			if how == Answered {
				b.Replied = now
			}
			return true, nil
		}
		if b.replaceExpired(n) || b.add(n, t.size(i)) {
			if own {
				t.grown = now
			}
			if how == Answered {
				b.Replied = now
			}
			return true, nil
		}
		dubious, ask := b.dubious(now)
		if own && (!dubious || len(t.buckets) == 1) && len(t.buckets) < maxBuckets {
			t.split()
			continue
		}
		if !own && how == Answered && b.replaceSlow(n, now) {
			return true, nil
		}
		if b.cached == nil || b.cached.expired || how != Mentioned {
			b.cached = n
		}
		return false, ask
	}
}

// maxBuckets bounds the depth; a hundred leading bits in common do not happen by chance.
const maxBuckets = 100

func (t *Table) size(i int) int {
	if i < len(t.sizes) {
		return t.sizes[i]
	}
	return BucketSize
}

func (t *Table) index(id wire.Hash) int {
	return min(t.self.CommonBits(id), len(t.buckets)-1)
}

// split divides our own bucket in two.
func (t *Table) split() {
	last := len(t.buckets) - 1
	old := t.buckets[last]
	far, near := Bucket{Replied: old.Replied}, Bucket{Replied: old.Replied}
	for _, n := range old.Nodes {
		if t.self.CommonBits(n.ID) > last {
			near.Nodes = append(near.Nodes, n)
		} else {
			far.Nodes = append(far.Nodes, n)
		}
	}
	t.buckets[last] = far
	t.buckets = append(t.buckets, near)
}

// Purge drops expired nodes and returns the cached candidates that may take their places and should
// be pinged.
func (t *Table) Purge(now time.Time) (ping []*Node) {
	for i := range t.buckets {
		b := &t.buckets[i]
		kept := b.Nodes[:0]
		for _, n := range b.Nodes {
			if !n.expired && !n.Client {
				kept = append(kept, n)
			}
		}
		dropped := len(b.Nodes) - len(kept)
		clear(b.Nodes[len(kept):])
		b.Nodes = kept
		if c := b.cached; dropped > 0 && c != nil {
			b.cached = nil
			if !c.expired {
				ping = append(ping, c)
			}
		}
	}
	return ping
}

// Doubt makes every node dubious, after a change of our own connectivity.
func (t *Table) Doubt() {
	for n := range t.All() {
		n.Doubt()
	}
}

// RandomID returns an id in the range of bucket i.
func (t *Table) RandomID(i int, r *rand.Rand) (id wire.Hash) {
	for b := range id {
		id[b] = byte(r.Uint32())
	}
	for bit := range i {
		setBit(&id, bit, t.self.Bit(bit))
	}
	if i < len(t.buckets)-1 {
		setBit(&id, i, t.self.Bit(i)^1)
	}
	return id
}

func setBit(id *wire.Hash, i int, bit byte) {
	mask := byte(0x80) >> (i % 8)
	id[i/8] &^= mask
	if bit != 0 {
		id[i/8] |= mask
	}
}

// Grown is when our own bucket last took a node.
func (t *Table) Grown() time.Time { return t.grown }

// Depth is the number of buckets.
func (t *Table) Depth() int { return len(t.buckets) }

// Bucket returns bucket i, farthest first.
func (t *Table) Bucket(i int) *Bucket { return &t.buckets[i] }
