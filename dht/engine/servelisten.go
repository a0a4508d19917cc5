// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"net/netip"

	"bellwire/dht/storage"
	"bellwire/dht/wire"
)

// Bounds of what pushes to listeners may cost. A push beyond them is dropped: its listener learns of
// the value when it asks the next time.
const (
	maxNotices        = 4096 // that wait for confirmation
	maxNoticesPerNode = 64
)

func (e *Engine) serveListen(from netip.AddrPort, m *wire.Message) {
	if !e.tokens.valid(m.Token, from) {
		e.refuse(from, m, wire.CodeUnauthorized, wire.TextWrongToken)
		return
	}
	l := storage.Listener{
		Node: wire.NodeInfo{ID: m.ID, Addr: from}, SID: m.SID, Old: !m.Updates, Query: m.Query,
	}
	added, err := e.store.Listen(e.now, m.Target, l)
	if err != nil {
		e.log.Debug("listener refused", "from", from, "err", err)
		return
	}
	if added {
		var there []*storage.Entry
		for entry := range e.store.Get(e.now, m.Target, l.Query) {
			there = append(there, entry)
		}
		e.pushValues(&l, m.Target, there)
	}
	e.reply(from, m, wire.Message{Token: e.tokens.issue(from)})
	e.tickStore()
}

// changed tells listeners, other nodes' and our own, of changes in the store.
func (e *Engine) changed(results []storage.Result) {
	for i := range results {
		r := &results[i]
		for _, w := range e.watches[r.Key] {
			w.local(r)
		}
		for j := range r.Notices {
			e.push(&r.Notices[j])
		}
	}
	e.tickStore()
}

// tickStore keeps the timer of the store, which drops what expires.
func (e *Engine) tickStore() {
	results, next := e.store.Tick(e.now)
	if next.IsZero() {
		e.timers.stop(&e.storeTimer)
	} else {
		e.timers.set(&e.storeTimer, next, e.tickStore)
	}
	if len(results) > 0 {
		e.changed(results)
	}
}

func (e *Engine) push(n *storage.Notice) {
	switch n.Change {
	case storage.Added, storage.Edited:
		e.pushValues(n.To, n.Key, []*storage.Entry{n.Entry})
	case storage.Refreshed:
		e.notify(n.To, wire.Message{Refreshed: []uint64{n.Entry.Value.ID}})
	case storage.Expired:
		e.notify(n.To, wire.Message{Expired: []uint64{n.Entry.Value.ID}})
	}
}

// pushValues sends values to a listener, as many at a time as an update may carry.
func (e *Engine) pushValues(to *storage.Listener, key wire.Hash, entries []*storage.Entry) {
	for len(entries) > 0 {
		m := wire.Message{Target: key, Updates: true}
		bytes := 0
		for len(entries) > 0 && (len(m.Values) == 0 || bytes+len(entries[0].Packed) <= wire.MaxUpdateBytes) {
			bytes += len(entries[0].Packed)
			m.Values = append(m.Values, entries[0].Packed)
			entries = entries[1:]
		}
		e.notify(to, m)
	}
}

// notify sends an update to a listener. Old listeners get it in the form of an answer, which nobody
// confirms.
func (e *Engine) notify(to *storage.Listener, m wire.Message) {
	f := e.familyOf(to.Node.Addr.Addr())
	if f == nil {
		return
	}
	m.Token = e.tokens.issue(to.Node.Addr)
	if to.Old {
		m.Kind = wire.OldUpdate
		if len(m.Values) > 0 {
			m.Kind = wire.Reply
		}
		m.TID, m.ID, m.Network, m.Client, m.Agent = to.SID, e.id, e.network, e.client, wire.Agent
		e.send(to.Node.Addr, &m)
		return
	}
	if e.notices >= maxNotices {
		return
	}
	m.Kind, m.SID = wire.Update, to.SID
	r := f.toListener(to, m)
	if r == nil {
		return
	}
	e.notices++
	r.done = func(*wire.Message) { e.notices-- }
	r.start()
}

// toListener prepares an update. Anyone can register under the id of another node; the silence of
// such a listener must not be held against the node.
func (f *family) toListener(to *storage.Listener, m wire.Message) *request {
	n := f.nodes[to.Node.ID]
	if n == nil || n.Addr != to.Node.Addr {
		m.TID = f.e.rand.Uint32()
		return f.prepare(nil, to.Node.Addr, m)
	}
	if n.Pending() >= maxNoticesPerNode {
		return nil
	}
	return f.request(n, m)
}
