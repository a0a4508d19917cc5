// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"net/netip"

	"bellwire/dht/search"
	"bellwire/dht/table"
	"bellwire/dht/wire"
)

// serve answers a request. n is the sender, or nil when it claims to be somebody else.
func (e *Engine) serve(f *family, n *table.Node, from netip.AddrPort, m *wire.Message) {
	switch m.Kind {
	case wire.Ping:
		e.reply(from, m, wire.Message{})
	case wire.Find:
		e.serveFind(f, from, m)
	case wire.Get:
		e.serveGet(f, from, m)
	case wire.Put:
		e.servePut(f, from, m)
	case wire.Refresh:
		e.serveRefresh(from, m)
	case wire.Listen:
		e.serveListen(from, m)
	case wire.Update:
		e.reply(from, m, wire.Message{})
		if n != nil {
			if len(m.Token) > 0 && len(m.Token) <= wire.MaxTokenLen {
				n.SetToken(m.Token, e.now)
			}
			f.updated(n, m.SID, m)
		}
	}
}

// reply sends r as the answer to m.
func (e *Engine) reply(to netip.AddrPort, m *wire.Message, r wire.Message) {
	r.Kind, r.Seen = wire.Reply, to.Addr()
	e.respond(to, m, &r)
}

// refuse answers m with an error.
func (e *Engine) refuse(to netip.AddrPort, m *wire.Message, code wire.ErrorCode, text string) {
	e.respond(to, m, &wire.Message{Kind: wire.Error, Code: code, Text: text})
}

func (e *Engine) respond(to netip.AddrPort, m, r *wire.Message) {
	r.TID, r.ID, r.Network, r.Client, r.Agent = m.TID, e.id, e.network, e.client, wire.Agent
	e.send(to, r)
}

func (e *Engine) serveFind(f *family, from netip.AddrPort, m *wire.Message) {
	r := wire.Message{Token: e.tokens.issue(from)}
	e.addNodes(&r, f, m)
	e.reply(from, m, r)
}

// addNodes lists the good nodes closest to the target, of the families the request wants.
func (e *Engine) addNodes(r *wire.Message, f *family, m *wire.Message) {
	want := m.Want
	if want == 0 {
		want = f.name
	}
	if e.v4 != nil && want&wire.IPv4 != 0 {
		r.Nodes4 = e.v4.closest(m.Target)
	}
	if e.v6 != nil && want&wire.IPv6 != 0 {
		r.Nodes6 = e.v6.closest(m.Target)
	}
}

func (f *family) closest(target wire.Hash) []byte {
	var nodes [wire.MaxNodes]*table.Node
	var list []byte
	for _, n := range f.table.Good(nodes[:0], target, wire.MaxNodes, f.e.now) {
		list = wire.AppendNode(list, n.Info())
	}
	return list
}

// What one reply to a get may carry. The real programs have no such limit, but a get needs no token,
// so its sender may be somebody else's address. Whoever wants the rest asks by value id, as the real
// client always does.
const (
	maxReplyBytes = 256 << 10
	maxReplyRows  = 512
)

func (e *Engine) serveGet(f *family, from netip.AddrPort, m *wire.Message) {
	if m.Target.IsZero() {
		e.refuse(from, m, wire.CodeNonAuthoritative, wire.TextNoKey)
		return
	}
	r := wire.Message{Token: e.tokens.issue(from), Select: m.Query.Select}
	e.addNodes(&r, f, m)
	bytes := 0
	for entry := range e.store.Get(e.now, m.Target, m.Query) {
		if r.Select != 0 {
			if r.Rows = append(r.Rows, entry.Value.Row()); len(r.Rows) >= maxReplyRows {
				break
			}
			continue
		}
		if bytes += len(entry.Packed); bytes > maxReplyBytes && len(r.Values) > 0 {
			break
		}
		r.Values = append(r.Values, entry.Packed)
	}
	if len(r.Rows) == 0 {
		r.Select = 0
	}
	e.reply(from, m, r)
}

// isFar reports whether the good nodes closest to the key are all closer than we are and enough, so
// that a value is better kept by them.
func (f *family) isFar(key wire.Hash) bool {
	var nodes [search.Kept]*table.Node
	closest := f.table.Good(nodes[:0], key, search.Kept, f.e.now)
	return len(closest) >= search.Width && key.CompareDistance(closest[len(closest)-1].ID, f.e.id) < 0
}
