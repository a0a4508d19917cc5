// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"net/netip"
	"time"

	"bellwire/dht/table"
	"bellwire/dht/wire"
)

// Upkeep of the routing table.
const (
	soonMin, soonMax   = 5 * time.Second, 25 * time.Second  // after upkeep of buckets
	ownMin, ownMax     = 20 * time.Second, 60 * time.Second // after a question to a neighbour
	laterMin, laterMax = time.Minute, 3 * time.Minute       // when nothing was to be done
	purgeMin, purgeMax = 2 * time.Minute, 6 * time.Minute
	bucketStale        = 9 * time.Minute // without an answer; a node is good for ten
	growing            = 150 * time.Second
)

func (f *family) startMaintenance() {
	f.e.after(&f.maintenance, between(f.e.rand, soonMin, soonMax), f.maintain)
	f.e.after(&f.purging, between(f.e.rand, purgeMin, purgeMax), f.purge)
}

// maintain asks for nodes where the table is stale or empty, or else, while it grows, near ourselves.
func (f *family) maintain() {
	lo, hi := laterMin, laterMax
	switch {
	case f.refreshBuckets():
		lo, hi = soonMin, soonMax
	case f.e.now.Sub(f.table.Grown()) < growing && f.refreshOwn():
		lo, hi = ownMin, ownMax
	}
	at := earlier(f.e.now.Add(between(f.e.rand, lo, hi)), f.nextStale())
	f.e.timers.set(&f.maintenance, at, f.maintain)
}

// nextStale is when the first of the buckets that are fresh will be stale.
func (f *family) nextStale() (at time.Time) {
	for i := range f.table.Depth() {
		b := f.table.Bucket(i)
		if stale := b.Replied.Add(bucketStale); len(b.Nodes) > 0 && stale.After(f.e.now) {
			at = earlier(at, stale.Add(between(f.e.rand, 0, soonMax)))
		}
	}
	return at
}

// refreshBuckets reports whether something was sent.
func (f *family) refreshBuckets() (sent bool) {
	for i := range f.table.Depth() {
		b := f.table.Bucket(i)
		if len(b.Nodes) > 0 && f.e.now.Sub(b.Replied) < bucketStale {
			continue
		}
		from := b
		if len(b.Nodes) == 0 || f.e.rand.IntN(8) == 0 {
			from = f.neighbour(i)
		}
		if n := f.anyOf(from); n != nil {
			f.findAt(n, f.table.RandomID(i, f.e.rand), f.name)
			sent = true
		}
	}
	return sent
}

// neighbour returns a bucket next to bucket i that has nodes, or bucket i.
func (f *family) neighbour(i int) *table.Bucket {
	for _, j := range []int{i + 1, i - 1} {
		if j >= 0 && j < f.table.Depth() && len(f.table.Bucket(j).Nodes) > 0 {
			return f.table.Bucket(j)
		}
	}
	return f.table.Bucket(i)
}

// anyOf picks a node that is not being asked already.
func (f *family) anyOf(b *table.Bucket) *table.Node {
	if len(b.Nodes) == 0 {
		return nil
	}
	n := b.Nodes[f.e.rand.IntN(len(b.Nodes))]
	if n.Pending() > 0 || n.Expired() {
		return nil
	}
	return n
}

// refreshOwn asks a neighbour for others.
func (f *family) refreshOwn() bool {
	near := f.table.Depth() - 1
	b := f.table.Bucket(near)
	if len(b.Nodes) == 0 {
		b = f.neighbour(near)
	}
	n := f.anyOf(b)
	if n == nil {
		return false
	}
	id := f.e.id
	id[len(id)-1] = byte(f.e.rand.Uint32())
	want := f.name
	if f.e.v4 != nil && f.e.v6 != nil {
		want = wire.IPv4 | wire.IPv6
	}
	f.findAt(n, id, want)
	return true
}

// findAt asks one node for others; what it names is learned.
func (f *family) findAt(n *table.Node, target wire.Hash, want wire.Families) {
	r := f.request(n, wire.Message{Kind: wire.Find, Target: target, Want: want})
	r.done = func(reply *wire.Message) {
		if reply == nil {
			return
		}
		for info := range reply.Nodes() {
			f.e.mention(info.SeenFrom(n.Addr.Addr()))
		}
	}
	r.start()
}

// purge forgets what is of no use any more.
func (f *family) purge() {
	f.e.remember()
	f.judged = netip.Addr{} // the machine may have lost it
	for _, n := range f.table.Purge(f.e.now) {
		f.ping(n)
	}
	f.forgetTargets()
	f.sweep()
	f.lost()
	f.e.after(&f.purging, between(f.e.rand, purgeMin, purgeMax), f.purge)
}
