// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"slices"

	"bellwire/dht/search"
	"bellwire/dht/wire"
)

// fetch is a value to be asked for by its id.
type fetch struct {
	from *search.Member
	id   uint64
}

// has notes that a node has a value and asks for it unless it is here or on its way.
func (p *getter) has(m *search.Member, fields wire.Fields, row wire.Row) {
	if !fields.Has(wire.FieldID) || row.ID == 0 || len(p.queue) >= maxGetValues {
		return
	}
	if p.t.f.e.strategy.SelectFirst {
		p.queue = append(p.queue, fetch{m, row.ID})
		return
	}
	if seq, here := p.op.ids[row.ID]; here && seq == row.Seq {
		return
	}
	others, asked := p.wanted[row.ID]
	switch {
	case !asked:
		if p.wanted == nil {
			p.wanted = map[uint64][]*search.Member{}
		}
		p.wanted[row.ID] = nil
		p.queue = append(p.queue, fetch{m, row.ID})
	case len(others) < search.Width:
		p.wanted[row.ID] = append(others, m)
	}
}

// maxFetches is how many values are asked for one by one at the same time.
const maxFetches = 16

// fetch asks for the values wanted by id: one node for each and, when that brings nothing, the next
// that has it.
func (p *getter) fetch() {
	for len(p.queue) > 0 && p.fetches < maxFetches {
		next := p.queue[0]
		p.queue = p.queue[1:]
		q := p.op.query
		q.Where = append(slices.Clone(q.Where), wire.WhereID(next.id))
		r := p.t.f.request(next.from.Node, p.get(q))
		p.fetches++
		p.op.Requests++
		r.done = func(reply *wire.Message) { p.fetched(next, reply) }
		r.start()
	}
}

func (p *getter) fetched(f fetch, reply *wire.Message) {
	if p.done {
		return
	}
	p.fetches--
	if reply != nil {
		p.t.learn(f.from, reply)
		p.take(f.from, reply)
	}
	if others := p.wanted[f.id]; (reply == nil || len(reply.Values) == 0) && len(others) > 0 {
		p.queue = append(p.queue, fetch{others[0], f.id})
		p.wanted[f.id] = others[1:]
	} else {
		delete(p.wanted, f.id)
	}
	p.t.stir()
}
