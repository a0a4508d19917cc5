// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"slices"
	"time"

	"bellwire/dht/search"
	"bellwire/dht/table"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// placer is the part of a put in one family. A permanent value is placed in rounds: each asks the
// leading nodes what they have and refreshes or sends the value. Nodes that turn up between rounds are
// served by the current one.
type placer struct {
	op    *Put
	t     *target
	walk  *search.Walk // of the round, asks what nodes have; nil when that does not matter
	spots []*spot
	taken int       // nodes that have somebody else's value under the id
	next  time.Time // the next round of a permanent value
	ended bool      // the round, as far as the nodes known now go
	tries int       // rounds in a row that reached nobody
	done  bool
}

// spot is a node the value goes to.
type spot struct {
	node  *table.Node
	state spotState
	known bool      // it has our very version
	retry time.Time // not to be written to before, after a refused token
}

type spotState uint8

const (
	probed    spotState = iota // may be written to
	writing                    // the answer is waited for
	overdue                    // the first transmission was in vain
	confirmed                  // it has the value
	lost                       // it does not take it
)

const (
	announceMargin = 10 * time.Second // before the lifetime ends
	roundRetry     = 10 * time.Second // after a round that reached nobody, doubling
)

// begin starts a round.
func (p *placer) begin() {
	p.spots, p.taken, p.ended = nil, 0, false
	if p.op.probes() {
		p.walk = search.NewWalk(p.t.f.e.strategy)
	}
	if p.op.permanent {
		life := p.op.lifetime()
		p.next = p.t.f.e.now.Add(max(life-announceMargin, life/2))
	}
}

func (p *placer) leave() {
	if p.done {
		return
	}
	p.done = true
	p.t.placers = slices.DeleteFunc(p.t.placers, func(o *placer) bool { return o == p })
	p.t.rest()
}

// step asks and writes what can be asked and written now.
func (p *placer) step() {
	now := p.t.f.e.now
	if p.done {
		return
	}
	if p.op.permanent && !now.Before(p.next) {
		p.t.seed()
		p.begin()
	}
	if p.walk != nil {
		p.probe()
	}
	p.write()
	if p.walked() && p.settled() {
		p.finish()
	}
}

// wake is when the placer wants its next step if nothing happens before.
func (p *placer) wake() time.Time {
	at := p.next
	if p.walk != nil {
		at = earlier(at, p.walk.Wake())
	}
	for _, s := range p.spots {
		if s.state == probed && s.retry.After(p.t.f.e.now) {
			at = earlier(at, s.retry)
		}
	}
	return at
}

// earlier returns the earlier of two moments; zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// probe asks the leading nodes what they have under the value id.
func (p *placer) probe() {
	q := wire.Query{Where: []wire.Condition{wire.WhereID(p.op.v.ID)}}
	if p.op.same || p.op.v.IsSigned() {
		q.Select = wire.FieldSet(wire.FieldID, wire.FieldSeq)
	}
	for m := p.walk.Next(&p.t.set, p.t.f.e.now); m != nil; m = p.walk.Next(&p.t.set, p.t.f.e.now) {
		ask := wire.Message{Kind: wire.Get, Target: p.op.key, HasQuery: true, Query: q, Want: p.t.f.name}
		p.t.ask(p.walk, m, ask, func(reply *wire.Message) { p.judge(m, reply) })
	}
}

// judge decides by the answer of a node what it is to be sent.
func (p *placer) judge(m *search.Member, reply *wire.Message) {
	p.op.met = true
	s := p.spot(m.Node)
	if s.state == writing || s.state == confirmed {
		return
	}
	s.state = probed
	for _, packed := range reply.Values {
		if v, err := value.Parse(packed); err == nil && v.ID == p.op.v.ID {
			p.compare(s, v)
		}
	}
	for _, row := range reply.Rows {
		if row.ID == p.op.v.ID && reply.Select.Has(wire.FieldSeq) {
			p.rank(s, row.Seq)
		}
	}
}

// compare looks at the value a node has under our value id.
func (p *placer) compare(s *spot, v *value.Value) {
	switch {
	case v.IsSigned() && !p.op.v.IsSigned():
		s.state = lost
		p.taken++
	case v.SameContents(p.op.v):
		p.op.same = true
		s.known = true
	case v.IsSigned():
		p.rank(s, v.Seq)
	}
}

// rank goes by the sequence number of what a node has.
func (p *placer) rank(s *spot, seq uint16) {
	switch {
	case !p.op.v.IsSigned() && seq > 0:
		s.state = lost
		p.taken++
	case seq == p.op.v.Seq:
		s.known = true
	case seq > p.op.v.Seq:
		s.state = confirmed // a later version is there
	}
}
