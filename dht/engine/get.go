// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"crypto/sha1"
	"errors"
	"slices"
	"time"

	"bellwire/dht/search"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// ErrNoNodes means that no other node is known that answers.
var ErrNoNodes = errors.New("dht: no other node answers")

// Bounds of what one get hands over, whatever nodes send.
const (
	maxGetValues = 4096
	maxGetBytes  = 16 << 20
)

// GetSink takes what a get finds.
type GetSink interface {
	// Value is called for each value once, and again for newer versions of it.
	Value(v *value.Value)
	// Done is called last, with nil or ErrNoNodes, unless the get was cancelled.
	Done(err error)
}

// Get is a lookup of the values under a key.
type Get struct {
	e     *Engine
	key   wire.Hash
	query wire.Query
	sink  GetSink
	parts []*getter

	found     map[Ident]uint16  // what was handed over, with its sequence number
	ids       map[uint64]uint16 // the same by id alone
	checked   map[[20]byte]bool // signed values that were sent for verification, by their sum
	bytes     int
	verifying int
	reached   bool // somebody answered
	over      bool

	// Figures for simulations: how many nodes had to name others until one was known that had a value,
	// -1 when none was found, and the number of requests sent, repetitions not counted.
	Hops, Requests int
}

// getter is the part of a get in one family.
type getter struct {
	op      *Get
	t       *target
	walk    *search.Walk
	fetches int                         // requests for single values under way
	queue   []fetch                     // those to come
	wanted  map[uint64][]*search.Member // values asked for by id, with who else has them
	lean    bool                        // nodes are asked which values they have
	done    bool
}

// Get starts a lookup. Filters of the query hold for what nodes send too; its selection is ignored.
func (e *Engine) Get(now time.Time, key wire.Hash, q wire.Query, sink GetSink) *Get {
	e.now = now
	q.Select = 0
	g := &Get{e: e, key: key, query: q, sink: sink, found: map[Ident]uint16{}, ids: map[uint64]uint16{}, Hops: -1}
	if key.IsZero() {
		g.over = true
		sink.Done(ErrNoKey)
		return g
	}
	for _, f := range e.families() {
		t := f.target(key)
		p := &getter{op: g, t: t, walk: search.NewWalk(e.strategy)}
		t.enliven()
		t.getters = append(t.getters, p)
		g.parts = append(g.parts, p)
		t.stir()
	}
	for entry := range e.store.Get(now, key, q) {
		g.consider(entry.Value)
	}
	return g
}

// Cancel ends the get without a call to Done.
func (g *Get) Cancel(now time.Time) {
	g.e.now = now
	g.over = true
	for _, p := range g.parts {
		p.leave()
	}
}

func (p *getter) leave() {
	p.done = true
	p.t.getters = slices.DeleteFunc(p.t.getters, func(o *getter) bool { return o == p })
	p.t.rest()
}

// step asks whom to ask, and ends when the walk is done.
func (p *getter) step() {
	if p.done {
		return
	}
	for m := p.walk.Next(&p.t.set, p.t.f.e.now); m != nil; m = p.walk.Next(&p.t.set, p.t.f.e.now) {
		p.op.Requests++
		r := p.t.ask(p.walk, m, p.question(), func(reply *wire.Message) { p.answered(m, reply) })
		r.stalled = func() bool { return p.stalled(m) }
	}
	p.fetch()
	patient := len(p.op.found) == 0
	if p.fetches+len(p.queue) == 0 && p.walk.Done(&p.t.set, patient) {
		p.leave()
		p.op.settle()
	}
}

// heavy is how many bytes of values under one key make it worth to ask for ids before values, so that
// the copies at all nodes are not sent for nothing. Below it that would only cost a round trip.
const heavy = 16 << 10

// question is what the next node is asked.
func (p *getter) question() wire.Message {
	q := p.op.query
	switch {
	case p.t.f.e.strategy.SelectFirst:
		q.Select = wire.FieldSet(wire.FieldID)
	case p.lean || p.op.bytes >= heavy:
		q.Select = wire.FieldSet(wire.FieldID, wire.FieldSeq)
	}
	return p.get(q)
}

// stalled notes that pieces of the answer of a node were lost, as happens when many nodes send large
// values at once. If there are values already, the node is asked which it has.
func (p *getter) stalled(m *search.Member) bool {
	if p.done || len(p.op.found) == 0 {
		return p.done
	}
	p.lean = true
	p.walk.Retry(m)
	p.t.stir()
	return true
}

func (p *getter) get(q wire.Query) wire.Message {
	return wire.Message{Kind: wire.Get, Target: p.op.key, HasQuery: !q.IsZero(), Query: q, Want: p.t.f.name}
}

func (p *getter) answered(m *search.Member, reply *wire.Message) {
	if p.done {
		return
	}
	p.op.reached = true
	p.take(m, reply)
	for _, row := range reply.Rows {
		p.has(m, reply.Select, row)
	}
}

// take hands over the values of a reply.
func (p *getter) take(m *search.Member, reply *wire.Message) {
	for _, packed := range reply.Values {
		v, err := value.Parse(slices.Clone(packed))
		if err != nil || v.ID == 0 || !v.Matches(p.op.query) {
			continue
		}
		if p.op.Hops < 0 {
			p.op.Hops = m.Hops
		}
		p.op.consider(v)
	}
}

// consider hands a value over if it is new and its signature, if it has one, is right.
func (g *Get) consider(v *value.Value) {
	if g.has(v) || len(g.found) >= maxGetValues || g.bytes+v.Size() > maxGetBytes {
		return
	}
	if !v.IsSigned() {
		g.deliver(v)
		return
	}
	sum := sha1.Sum(v.Append(nil))
	if g.checked[sum] || len(g.checked) >= maxGetValues {
		return
	}
	if g.checked == nil {
		g.checked = map[[20]byte]bool{}
	}
	g.checked[sum] = true
	g.verifying++
	g.e.host.Verify(&Job{Value: v, Own: true, done: func(ok bool) {
		g.verifying--
		if ok && !g.over && !g.has(v) {
			g.deliver(v)
		}
		g.settle()
	}})
}

// has reports whether this version of a value, or a later one, was handed over.
func (g *Get) has(v *value.Value) bool {
	seq, found := g.found[IdentOf(v)]
	return found && seq >= v.Seq
}

func (g *Get) deliver(v *value.Value) {
	g.found[IdentOf(v)] = v.Seq
	g.ids[v.ID] = v.Seq
	g.bytes += v.Size()
	g.sink.Value(v)
}

// settle ends the get when all its parts have ended.
func (g *Get) settle() {
	if g.over || g.verifying > 0 || slices.ContainsFunc(g.parts, func(p *getter) bool { return !p.done }) {
		return
	}
	g.over = true
	if g.reached {
		g.sink.Done(nil)
	} else {
		g.sink.Done(ErrNoNodes)
	}
}
