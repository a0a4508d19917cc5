// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"net/netip"
	"time"

	"bellwire/dht/table"
	"bellwire/dht/wire"
)

// HandlePacket takes a datagram that arrived now and returns when the engine wants to be called next.
// The bytes are not kept.
func (e *Engine) HandlePacket(now time.Time, from netip.AddrPort, b []byte) time.Time {
	e.now = now
	e.stats.PacketsIn++
	e.stats.BytesIn += uint64(len(b))
	if !e.receive(wire.Unmap(from), b) {
		e.stats.Dropped++
	}
	return e.Tick(now)
}

// receive reports whether the packet was worth anything.
func (e *Engine) receive(from netip.AddrPort, b []byte) bool {
	f := e.familyOf(from.Addr())
	if f == nil || wire.Martian(from) || e.banned(from) {
		return false
	}
	m := &e.in.m
	if m.Unmarshal(b) != nil || m.Network != e.network {
		return false
	}
	if m.Kind == wire.ValueData {
		return e.receiveParts(f, from, m)
	}
	switch {
	case m.ID == e.id || m.ID.IsZero():
		return false
	case m.Kind.IsRequest():
		return e.receiveRequest(f, from, m)
	case m.Kind == wire.OldUpdate:
		return f.updated(f.at(m.ID, from), m.TID, m)
	default:
		return e.receiveAnswer(f, from, m)
	}
}

// receiveParts takes pieces of values. Those nobody waits for count as requests.
func (e *Engine) receiveParts(f *family, from netip.AddrPort, m *wire.Message) bool {
	if !e.assembler.Expects(from, m.TID) && !e.limiter.Allow(from.Addr(), e.now) {
		return false
	}
	if r := e.collecting[pieceKey{from, m.TID}]; r != nil {
		r.await()
	}
	whole := e.assembler.Parts(e.now, from, m)
	e.watchAssembler()
	switch {
	case whole == nil:
	case whole.Kind == wire.Reply:
		return e.completeAnswer(f, from, whole)
	case whole.Kind.IsRequest():
		e.serve(f, f.at(whole.ID, from), from, whole)
	}
	return true
}

// watchAssembler keeps the timer of the assembler.
func (e *Engine) watchAssembler() {
	next := e.assembler.Tick(e.now)
	if next.IsZero() {
		e.timers.stop(&e.assemblerTimer)
		return
	}
	e.timers.set(&e.assemblerTimer, next, e.watchAssembler)
}

func (e *Engine) receiveRequest(f *family, from netip.AddrPort, m *wire.Message) bool {
	if !e.limiter.Allow(from.Addr(), e.now) {
		return false
	}
	n := f.spoke(m.ID, from, m.Client)
	if m.Kind == wire.Put && !e.tokens.valid(m.Token, from) {
		e.refuse(from, m, wire.CodeUnauthorized, wire.TextWrongToken)
		return true
	}
	if len(m.Sizes) > 0 {
		if m = e.assembler.Header(e.now, from, m); m == nil {
			e.watchAssembler()
			return true
		}
	}
	e.serve(f, n, from, m)
	return true
}

// receiveAnswer takes a reply or an error.
func (e *Engine) receiveAnswer(f *family, from netip.AddrPort, m *wire.Message) bool {
	r := e.waiting(f, m)
	if r == nil {
		// Values are pushed to listeners of the old kind as replies to their socket id.
		return m.Kind == wire.Reply && f.updated(f.at(m.ID, from), m.TID, m)
	}
	f.answered(r.node, from, m.Client)
	r.sample()
	if len(m.Sizes) > 0 {
		if m = e.assembler.Header(e.now, from, m); m == nil {
			r.await()
			e.watchAssembler()
			return true
		}
	}
	e.answer(r, m)
	return true
}

// completeAnswer takes a reply whose values came in pieces.
func (e *Engine) completeAnswer(f *family, from netip.AddrPort, m *wire.Message) bool {
	r := e.waiting(f, m)
	if r == nil {
		return f.updated(f.at(m.ID, from), m.TID, m)
	}
	f.answered(r.node, from, m.Client)
	e.answer(r, m)
	return true
}

// waiting finds the request that a reply or error answers, and learns who was asked if only the
// address was known.
func (e *Engine) waiting(f *family, m *wire.Message) *request {
	if r := e.requests[requestKey{m.ID, m.TID}]; r != nil && r.f == f {
		return r
	}
	r := e.requests[requestKey{tid: m.TID}]
	if r == nil || r.f != f || r.node != nil {
		return nil
	}
	n := f.nodes[m.ID]
	if n == nil {
		n = f.add(m.ID, r.to)
	}
	r.adopt(n)
	return r
}

// adopt gives a request to an address the node that turned out to live there.
func (r *request) adopt(n *table.Node) {
	delete(r.f.e.requests, r.key())
	r.node = n
	r.f.e.requests[r.key()] = r
	n.AddPending(1)
	r.f.pending[n] = append(r.f.pending[n], r)
}

// answer ends a request with its reply or error.
func (e *Engine) answer(r *request, m *wire.Message) {
	if m.Kind == wire.Error && !r.heeds(m.Code) {
		return
	}
	if !r.end() {
		return
	}
	usable := len(m.Token) > 0 && len(m.Token) <= wire.MaxTokenLen
	if usable {
		r.node.SetToken(m.Token, e.now)
	}
	if m.Kind == wire.Reply && !usable && (r.m.Kind == wire.Find || r.m.Kind == wire.Get) {
		e.ban(r.node)
		m = nil
	}
	if m != nil && m.Seen.IsValid() {
		r.f.saw(m.Seen)
	}
	if r.done != nil {
		r.done(m)
	}
}

// heeds reports whether an error of this code can answer the request. Others are not answers, and the
// request goes on being repeated.
func (r *request) heeds(c wire.ErrorCode) bool {
	switch r.m.Kind {
	case wire.Put, wire.Listen:
		return c == wire.CodeUnauthorized
	case wire.Refresh:
		return c == wire.CodeUnauthorized || c == wire.CodeNotFound
	}
	return false
}

// maxBanned bounds the blacklist.
const maxBanned = 256

// ban keeps away from a node that answered find or get without a token: it is broken or malign, and
// cannot be written to.
func (e *Engine) ban(n *table.Node) {
	n.Expire()
	if e.blacklist == nil {
		e.blacklist = map[netip.AddrPort]struct{}{}
	}
	if len(e.blacklist) < maxBanned {
		e.blacklist[n.Addr] = struct{}{}
	}
	e.log.Debug("node answered without a token", "node", n.Info())
}

func (e *Engine) banned(a netip.AddrPort) bool {
	_, found := e.blacklist[a]
	return found
}
