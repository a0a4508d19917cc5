// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"net/netip"
	"time"

	"bellwire/dht/table"
	"bellwire/dht/wire"
)

// family is the DHT of one address family.
type family struct {
	e       *Engine
	name    wire.Families
	table   *table.Table
	nodes   map[wire.Hash]*table.Node // all that are known, in the table or not
	sweepAt int                       // number of known nodes at which the needless are forgotten
	pending map[*table.Node][]*request
	targets map[wire.Hash]*target
	posts   map[requestKey]listening // where we listen, by node and socket id
	live    []*target                // those with operations, oldest first
	typical table.RTT                // of all nodes

	seen   map[netip.Addr]int // our own address, as others see it
	judged netip.Addr         // the one that direct is about
	direct bool               // it is an address of this machine
	joined bool               // our own neighbourhood was searched since we were connected

	maintenance, purging timer
}

// sweepMin is the number of known nodes below which nobody is forgotten.
const sweepMin = 256

func newFamily(e *Engine, name wire.Families) *family {
	return &family{
		e: e, name: name,
		table:   table.New(e.id, e.strategy.Buckets...),
		nodes:   map[wire.Hash]*table.Node{},
		sweepAt: sweepMin,
		pending: map[*table.Node][]*request{},
		targets: map[wire.Hash]*target{},
		posts:   map[requestKey]listening{},
	}
}

// spoke notes that a packet with this sender came from the address and returns the node, or nil when
// it claims to be a good node that lives elsewhere.
func (f *family) spoke(id wire.Hash, from netip.AddrPort, client bool) *table.Node {
	n := f.nodes[id]
	switch {
	case n == nil:
		n = f.add(id, from)
	case n.Addr == from:
	case n.Good(f.e.now):
		// Anyone can claim an id. The address of a good node is only given up when it is silent,
		// which a ping finds out.
		if n.Pending() == 0 {
			f.ping(n)
		}
		return nil
	default:
		n.Addr = from
	}
	n.Client = client
	n.Heard(f.e.now)
	f.offer(n, table.Spoke)
	return n
}

// answered notes an answer to a request of ours. It proves the address too, since only the node that
// was asked knows the transaction id.
func (f *family) answered(n *table.Node, from netip.AddrPort, client bool) {
	n.Addr, n.Client = from, client
	if n.LastReply().IsZero() {
		f.e.boot.add(n.Info())
	}
	n.Replied(f.e.now)
	f.offer(n, table.Answered)
	f.reached()
}

// mention notes a node from somebody's list and returns it, or nil if it is no use.
func (e *Engine) mention(info wire.NodeInfo) *table.Node {
	info.Addr = wire.Unmap(info.Addr)
	f := e.familyOf(info.Addr.Addr())
	if f == nil || info.ID == e.id || info.ID.IsZero() || wire.Martian(info.Addr) || e.banned(info.Addr) {
		return nil
	}
	n := f.nodes[info.ID]
	switch {
	case n == nil:
		n = f.add(info.ID, info.Addr)
	case n.Addr != info.Addr && n.Silent(e.now) && n.Pending() == 0:
		n.Addr = info.Addr
		n.Doubt()
	}
	f.offer(n, table.Mentioned)
	return n
}

// at returns the node if it is known to live at the address.
func (f *family) at(id wire.Hash, addr netip.AddrPort) *table.Node {
	if n := f.nodes[id]; n != nil && n.Addr == addr {
		return n
	}
	return nil
}

func (f *family) add(id wire.Hash, addr netip.AddrPort) *table.Node {
	if len(f.nodes) >= f.sweepAt {
		f.sweep()
	}
	n := &table.Node{ID: id, Addr: addr}
	f.nodes[id] = n
	return n
}

// sweep forgets the nodes nobody refers to.
func (f *family) sweep() {
	used := map[wire.Hash]*table.Node{}
	for n := range f.table.All() {
		used[n.ID] = n
	}
	for _, t := range f.targets {
		for _, m := range t.set.Members() {
			used[m.Node.ID] = m.Node
		}
		for _, w := range t.watchers {
			for _, p := range w.posts {
				used[p.node.ID] = p.node
			}
		}
	}
	for n := range f.pending {
		used[n.ID] = n
	}
	f.nodes = used
	f.sweepAt = max(sweepMin, 2*len(used))
}

// offer shows a node to the table and to the live targets. One that comes to us and would be kept is
// pinged first: only nodes that answered are handed out, and only they are close to a target.
func (f *family) offer(n *table.Node, how table.Strength) {
	kept, doubt := f.table.Insert(n, how, f.e.now)
	if kept && how == table.Spoke && n.LastReply().IsZero() {
		doubt = n
	}
	if doubt != nil && doubt.Pending() == 0 {
		f.ping(doubt)
	}
	if how == table.Mentioned {
		return
	}
	for _, t := range f.live {
		switch {
		case !n.LastReply().IsZero():
			if t.set.Insert(n, 0) {
				t.stir()
			}
		case n.Pending() == 0 && t.set.Leads(n):
			f.ping(n)
		}
	}
}

// expire notes that a node let all transmissions of a request pass: whatever waits for it fails.
func (f *family) expire(n *table.Node) {
	n.Expire()
	for _, r := range append([]*request(nil), f.pending[n]...) {
		r.fail()
	}
	for _, t := range f.live {
		t.expired(n)
	}
	f.lost()
}

func (f *family) ping(n *table.Node) { f.request(n, wire.Message{Kind: wire.Ping}).start() }

// patience is how long an answer of the node may take before others are asked beside it: what it
// usually takes at most, or what others take on average. To ask one more node costs little; to wait
// for a dead one costs all the time there is.
func (f *family) patience(n *table.Node) time.Duration {
	switch {
	case n.RTT.Known():
		return n.RTT.Bound()
	case f.typical.Known():
		return f.typical.Mean()
	}
	return firstPatience
}

// firstPatience is used before anything is known about the network.
const firstPatience = 200 * time.Millisecond
