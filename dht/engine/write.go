// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"time"

	"bellwire/dht/search"
	"bellwire/dht/table"
	"bellwire/dht/wire"
)

// spot returns the spot of a node, made when new.
func (p *placer) spot(n *table.Node) *spot {
	for _, s := range p.spots {
		if s.node == n {
			return s
		}
	}
	s := &spot{node: n}
	p.spots = append(p.spots, s)
	return s
}

// walked reports whether the leading nodes have been found.
func (p *placer) walked() bool {
	if p.walk != nil {
		return p.walk.Done(&p.t.set, false)
	}
	return p.t.synced()
}

// leading returns the closest nodes that may be written to. Nodes that let us wait are passed over.
func (p *placer) leading() []*search.Member {
	walk := p.walk
	if walk == nil {
		walk = p.t.sync
	}
	var lead []*search.Member
	for _, m := range p.t.set.Members() {
		switch {
		case len(lead) == search.Width:
			return lead
		case m.Node.Expired(), walk != nil && walk.Behind(m):
		case p.walk != nil && p.walk.Has(m), p.walk == nil && m.Synced(p.t.f.e.now):
			lead = append(lead, m)
		default:
			return lead
		}
	}
	return lead
}

// write sends the value where it should be and is not. It begins before the walk is over, with all
// but the last of the leading nodes known by then. Unsigned and encrypted values wait, to see first
// whether their id is taken; one node alone that says so is not believed.
func (p *placer) write() {
	lead, walked := p.leading(), p.walked()
	if !walked {
		if !p.op.v.IsSigned() || len(lead) == 0 {
			return
		}
		lead = lead[:len(lead)-1]
	}
	if p.taken > 1 || p.taken > 0 && p.taken == len(lead) {
		p.op.taken = true
		return
	}
	for _, m := range lead {
		if s := p.spot(m.Node); s.state == probed && !s.retry.After(p.t.f.e.now) && m.Node.Writable(p.t.f.e.now) {
			p.send(m, s)
		}
	}
}

func (p *placer) send(m *search.Member, s *spot) {
	e := p.t.f.e
	q := wire.Message{Kind: wire.Put, Target: p.op.key, Token: m.Node.Token, Values: [][]byte{p.op.packed}}
	if p.op.permanent && s.known {
		q = wire.Message{Kind: wire.Refresh, Target: p.op.key, Token: m.Node.Token, VID: p.op.v.ID}
	} else if !p.op.permanent && e.now.Sub(p.op.created) >= time.Second {
		q.Created = p.op.created.Unix()
	}
	s.state = writing
	r := p.t.f.request(m.Node, q)
	r.repeated = func() {
		if s.state == writing {
			s.state = overdue
		}
		p.t.wakeUp()
	}
	r.done = func(reply *wire.Message) {
		p.wrote(m, s, reply)
		p.t.wakeUp()
	}
	r.start()
}

// wrote takes the answer to a put or refresh.
func (p *placer) wrote(m *search.Member, s *spot, reply *wire.Message) {
	switch {
	case reply == nil:
		s.state = lost
	case reply.Kind == wire.Reply:
		s.state = confirmed
		m.Node.AuthErrors = 0
		p.op.met = true
	case reply.Code == wire.CodeNotFound:
		s.state, s.known = probed, false
	default:
		s.state = probed
		s.retry = p.t.f.refused(m.Node)
		if p.walk != nil {
			p.walk.Retry(m)
		}
	}
}

// What is done with a node that refuses the token it gave.
const (
	refusedDelay = time.Second // from the second time in a row on, doubling
	maxRefused   = 3
)

// refused forgets the token of a node and returns when it may be written to again. A node that keeps
// refusing is given up.
func (f *family) refused(n *table.Node) (retry time.Time) {
	n.Token = nil
	n.AuthErrors++
	switch {
	case n.AuthErrors > maxRefused:
		f.expire(n)
	case n.AuthErrors > 1:
		retry = f.e.now.Add(refusedDelay << (n.AuthErrors - 2))
	}
	return retry
}

// settled reports whether nothing more is to come from the leading nodes. Overdue ones are not waited
// for unless nobody else has the value.
func (p *placer) settled() bool {
	if p.op.taken {
		return true
	}
	has, waiting := false, false
	for _, s := range p.spots {
		switch s.state {
		case probed:
			if !s.node.Expired() && p.leads(s.node) {
				return false
			}
		case writing:
			return false
		case overdue:
			waiting = true
		case confirmed:
			has = true
		}
	}
	return has || !waiting
}

func (p *placer) leads(n *table.Node) bool {
	for _, m := range p.leading() {
		if m.Node == n {
			return true
		}
	}
	return false
}

// finish ends a put, or the round of a permanent value.
func (p *placer) finish() {
	reached := false
	for _, s := range p.spots {
		reached = reached || s.state == confirmed
	}
	if !p.op.permanent {
		p.op.stored = p.op.stored || reached
		p.leave()
		p.op.settle()
		return
	}
	if reached {
		p.tries = 0
	} else if !p.ended {
		p.tries = min(p.tries+1, 10)
		p.next = earlier(p.next, p.t.f.e.now.Add(roundRetry<<(p.tries-1)))
	}
	p.ended = true
}
