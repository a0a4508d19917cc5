// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"net/netip"
	"slices"
	"time"

	"bellwire/dht/table"
	"bellwire/dht/wire"
)

// A request is sent three times. Before each wait the last one is doubled and a little is added.
const (
	transmissions = 3
	firstWait     = 500 * time.Millisecond
	waitJitter    = 250 * time.Millisecond
)

// requestKey finds the request a reply belongs to. The id is zero for a ping to an address whose id
// is not known.
type requestKey struct {
	id  wire.Hash
	tid uint32
}

// pieceKey finds the request to whose reply a piece of a value belongs.
type pieceKey struct {
	from netip.AddrPort
	tid  uint32
}

// request is a request of ours that waits for its answer.
type request struct {
	f     *family
	node  *table.Node // nil when only the address is known
	to    netip.AddrPort
	m     wire.Message
	first time.Time
	sent  int
	wait  time.Duration
	timer timer

	// repeated is called when the first wait was in vain, done with the reply or error, or with nil
	// when the request was given up, and stalled when pieces of the reply are missing: it reports
	// whether the request may be forgotten. All may be nil.
	repeated func()
	done     func(reply *wire.Message)
	stalled  func() bool
	pieces   bool // a reply came whose values come in pieces
}

// stallWait is how long the next piece of a reply is waited for before the request is repeated for the
// lost ones, which only the requester can miss.
const stallWait = 300 * time.Millisecond

// request prepares a request to a node; start sends it. The id, the transaction id and what belongs
// to the network are filled in.
func (f *family) request(n *table.Node, m wire.Message) *request {
	m.TID = n.NextTID(f.e.rand.Uint32)
	return f.prepare(n, n.Addr, m)
}

func (f *family) prepare(n *table.Node, to netip.AddrPort, m wire.Message) *request {
	m.ID, m.Network, m.Client, m.Agent = f.e.id, f.e.network, f.e.client, wire.Agent
	return &request{f: f, node: n, to: to, m: m, wait: firstWait}
}

func (r *request) key() requestKey {
	if r.node == nil {
		return requestKey{tid: r.m.TID}
	}
	return requestKey{r.node.ID, r.m.TID}
}

func (r *request) start() {
	r.first = r.f.e.now
	r.f.e.requests[r.key()] = r
	r.f.e.stats.RequestsOut++
	if r.node != nil {
		r.node.AddPending(1)
		r.f.pending[r.node] = append(r.f.pending[r.node], r)
	}
	r.transmit()
}

func (r *request) transmit() {
	e := r.f.e
	r.sent++
	r.wait = 2*r.wait + between(e.rand, 0, waitJitter)
	e.send(r.to, &r.m)
	e.after(&r.timer, r.wait, r.overdue)
}

// overdue is called when a wait was in vain.
func (r *request) overdue() {
	switch {
	case r.pieces && r.stalled != nil && r.stalled():
		r.cancel()
	case r.sent < transmissions:
		r.transmit()
		if r.sent == 2 && r.repeated != nil {
			r.repeated()
		}
	case r.node != nil && !r.pieces:
		r.f.expire(r.node)
	default:
		r.fail()
	}
}

// await notes that the reply came, or a piece of its values, and more is to follow.
func (r *request) await() {
	if !r.pieces {
		r.pieces = true
		r.f.e.collecting[pieceKey{r.to, r.m.TID}] = r
	}
	r.f.e.after(&r.timer, stallWait, r.overdue)
}

// end takes the request from all tables. It reports false if that was done before.
func (r *request) end() bool {
	e := r.f.e
	if e.requests[r.key()] != r {
		return false
	}
	delete(e.requests, r.key())
	delete(e.collecting, pieceKey{r.to, r.m.TID})
	e.timers.stop(&r.timer)
	if n := r.node; n != nil {
		n.AddPending(-1)
		left := slices.DeleteFunc(r.f.pending[n], func(o *request) bool { return o == r })
		if len(left) == 0 {
			delete(r.f.pending, n)
		} else {
			r.f.pending[n] = left
		}
	}
	return true
}

// fail gives the request up.
func (r *request) fail() {
	if !r.end() {
		return
	}
	r.f.e.assembler.Forget(r.to, r.m.TID)
	if r.done != nil {
		r.done(nil)
	}
}

// cancel forgets the request without a call to done.
func (r *request) cancel() {
	r.done = nil
	r.fail()
}

// sample notes the round trip. After a repetition nobody knows which transmission was answered.
func (r *request) sample() {
	if r.sent == 1 && r.node != nil && !r.pieces {
		rtt := r.f.e.now.Sub(r.first)
		r.node.RTT.Add(rtt)
		r.f.typical.Add(rtt)
	}
}

// send encodes and sends all datagrams of a message.
func (e *Engine) send(to netip.AddrPort, m *wire.Message) {
	for datagram := range m.Datagrams(e.out.buf) {
		e.out.buf = datagram[:0]
		e.stats.PacketsOut++
		e.stats.BytesOut += uint64(len(datagram))
		e.host.Send(to, datagram)
	}
}
