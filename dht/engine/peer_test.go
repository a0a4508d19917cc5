// SPDX-License-Identifier: GPL-3.0-or-later

package engine_test

import (
	"net/netip"
	"slices"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// peer is a node played by the test: it answers every request after a round trip, keeps what is put
// and names the other peers of the lab.
type peer struct {
	l     *lab
	id    wire.Hash
	addr  netip.AddrPort
	rtt   time.Duration
	token []byte

	dead    bool
	refuses bool // every token
	loses   int  // of the pieces of values it sends, the next ones that get lost
	store   map[wire.Hash][]*value.Value
	heard   []sent // requests
	sids    map[uint32]wire.Hash
	whole   *wire.Assembler
}

// peer adds a peer that the engine does not know.
func (l *lab) peer(n byte) *peer {
	p := &peer{
		l: l, id: id(n), addr: addr(n), rtt: 10 * time.Millisecond, token: []byte{n, n, n, n},
		store: map[wire.Hash][]*value.Value{}, sids: map[uint32]wire.Hash{},
		whole: wire.NewAssembler(wire.AssemblerLimits{}),
	}
	l.peers[p.addr] = p
	return p
}

// join adds peers and makes the engine know them all as good.
func (l *lab) join(numbers ...byte) []*peer {
	l.t.Helper()
	var peers []*peer
	for _, n := range numbers {
		p := l.peer(n)
		peers = append(peers, p)
		l.do(func(e *engine.Engine, now time.Time) { e.Ping(now, p.addr) })
	}
	l.run(time.Second)
	return peers
}

func (p *peer) receive(m *wire.Message) {
	switch {
	case m.Kind == wire.ValueData:
		m = p.whole.Parts(p.l.now, addr(0), m)
	case len(m.Sizes) > 0:
		m = p.whole.Header(p.l.now, addr(0), m)
	}
	if m != nil {
		p.hear(m)
	}
}

func (p *peer) hear(m *wire.Message) {
	if m.Kind.IsRequest() {
		p.heard = append(p.heard, sent{p.l.now, p.addr, *m})
	}
	if p.dead || !m.Kind.IsRequest() {
		return
	}
	r := &wire.Message{Kind: wire.Reply, TID: m.TID, ID: p.id, Agent: "RNG1", Seen: addr(99).Addr(), Network: m.Network}
	switch m.Kind {
	case wire.Find, wire.Get:
		r.Token = p.token
		r.Nodes4 = p.others(m.Target)
		p.answerGet(m, r)
	case wire.Put, wire.Refresh, wire.Listen:
		if p.refuses || !slices.Equal(m.Token, p.token) {
			r.Kind, r.Code, r.Text = wire.Error, wire.CodeUnauthorized, wire.TextWrongToken
			break
		}
		p.answerWrite(m, r)
	}
	p.l.answers = append(p.l.answers, answer{p.l.now.Add(p.rtt), p.addr, r})
}

func (p *peer) answerGet(m, r *wire.Message) {
	if m.Kind != wire.Get {
		return
	}
	for _, v := range p.store[m.Target] {
		switch {
		case !v.Matches(m.Query):
		case m.Query.Select != 0:
			r.Select = m.Query.Select
			r.Rows = append(r.Rows, v.Row())
		default:
			r.Values = append(r.Values, v.Append(nil))
		}
	}
}

func (p *peer) answerWrite(m, r *wire.Message) {
	switch m.Kind {
	case wire.Put:
		for _, packed := range m.Values {
			v, err := value.Parse(packed)
			if err != nil {
				p.l.t.Errorf("a value nobody can read was put: %v", err)
				return
			}
			p.keep(m.Target, v)
			r.VID = v.ID
		}
	case wire.Refresh:
		r.VID = m.VID
		if !slices.ContainsFunc(p.store[m.Target], func(v *value.Value) bool { return v.ID == m.VID }) {
			r.Kind, r.Code, r.Text = wire.Error, wire.CodeNotFound, wire.TextNothingStored
		}
	case wire.Listen:
		p.sids[m.SID] = m.Target
	}
}

func (p *peer) keep(key wire.Hash, v *value.Value) {
	p.store[key] = slices.DeleteFunc(p.store[key], func(o *value.Value) bool { return o.ID == v.ID })
	p.store[key] = append(p.store[key], v)
}

func (p *peer) others(target wire.Hash) []byte {
	var peers []*peer
	for _, o := range p.l.peers {
		if o != p && !o.dead {
			peers = append(peers, o)
		}
	}
	slices.SortFunc(peers, func(a, b *peer) int { return target.CompareDistance(a.id, b.id) })
	var list []byte
	for _, o := range peers[:min(len(peers), wire.MaxNodes)] {
		list = wire.AppendNode(list, wire.NodeInfo{ID: o.id, Addr: o.addr})
	}
	return list
}

// count returns how often the peer heard a request of a kind.
func (p *peer) count(k wire.Kind) int {
	n := 0
	for _, s := range p.heard {
		if s.m.Kind == k {
			n++
		}
	}
	return n
}

// update pushes a message to a watch of the engine.
func (p *peer) update(key wire.Hash, m wire.Message) []sent {
	p.l.t.Helper()
	for sid, k := range p.sids {
		if k == key {
			m.SID = sid
		}
	}
	m.Kind, m.ID, m.Token = wire.Update, p.id, p.token
	return p.l.packet(p.addr, m)
}
