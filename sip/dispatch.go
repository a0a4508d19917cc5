// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"maps"
	"slices"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// maxServers is how many requests received on one flow may be under way.
const maxServers = 1024

// onRequest handles a valid request, in the order of RFC 3261 section 8.2.
func (f *Flow) onRequest(in *inbound) {
	method := in.req.Method
	t := f.server(serverKeyOf(in, method))
	switch {
	case method == sipmsg.ACK:
		f.onACK(in, t)
	case method == sipmsg.CANCEL:
		f.onCancel(in)
	case t != nil:
		t.repeat(in)
	default:
		f.onNewRequest(in)
	}
}

func (f *Flow) server(k serverKey) *serverTx {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.servers[k]
}

// repeat answers a request that came again: with the last response, or, behind a 2xx to an INVITE, not at all.
func (t *serverTx) repeat(in *inbound) {
	if t.in.req.Method == sipmsg.INVITE && t.status()/100 == 2 {
		return
	}
	_ = t.fsm.Receive(in.req)
}

// onACK gives the ACK of a refusal to its transaction, that of a 2xx to its session.
func (f *Flow) onACK(in *inbound, t *serverTx) {
	if t != nil && t.status() >= 300 {
		_ = t.fsm.Receive(in.req)
		return
	}
	if s := f.session(in); s != nil {
		s.post(func() { s.onACK(in) })
	}
}

// onCancel answers the CANCEL itself at once and tells the session (RFC 3261 section 9.2). Only INVITE can be
// cancelled; other requests are answered before a CANCEL could come.
func (f *Flow) onCancel(in *inbound) {
	t := f.server(serverKeyOf(in, sipmsg.INVITE))
	if t == nil {
		f.refuse(in, &refusal{code: 481})
		return
	}
	answer := &serverTx{flow: f, in: in, tag: t.tag}
	_ = f.send(answer.response(200, "", nil, nil))
	if s := t.session; s != nil { // else it was refused before it came to one
		s.post(func() { s.onCancel(t, in) })
	}
}

// onNewRequest gives a request a transaction and takes it to the session it belongs to, or to a new one.
func (f *Flow) onNewRequest(in *inbound) {
	t := f.newServer(in)
	if t == nil {
		f.refuse(in, &refusal{code: 503, headers: retryAfter(1)})
		return
	}
	if r := f.check(in); r != nil {
		_ = t.respond(r.code, r.phrase, r.headers, nil)
		return
	}
	if in.toTag() != "" {
		t.session = f.session(in)
		if t.session == nil || !t.session.post(func() { t.session.onRequest(t) }) {
			_ = t.respond(481, "", nil, nil)
		}
		return
	}
	switch in.req.Method {
	case sipmsg.INVITE:
		f.onInvite(t)
	case sipmsg.MESSAGE:
		f.onMessage(t)
	case sipmsg.OPTIONS:
		_ = t.respond(200, "", f.capabilities(), nil)
	default:
		_ = t.respond(481, "", nil, nil)
	}
}

// newServer enters a request into the table; nil when it is full of requests that still count.
func (f *Flow) newServer(in *inbound) *serverTx {
	t := &serverTx{flow: f, key: serverKeyOf(in, in.req.Method), in: in, born: time.Now(), tag: token()}
	in.req.SetTransport("TLS")
	t.fsm = sipmsg.NewServerTx("", in.req, wire{f}, discard)
	f.mu.Lock()
	if len(f.servers) >= maxServers && !f.sweepLocked(t.born) {
		f.mu.Unlock()
		return nil
	}
	f.servers[t.key] = t
	f.mu.Unlock()
	t.fsm.OnTerminate(func(string, error) {
		if in.req.Method != sipmsg.INVITE || t.status()/100 != 2 {
			f.dropServer(t)
		}
	})
	_ = t.fsm.Init()
	return t
}

// sweepLocked drops requests nobody answered while their sender was waiting; false when there are none.
func (f *Flow) sweepLocked(now time.Time) bool {
	before := len(f.servers)
	for k, t := range f.servers {
		if t.in.req.Method != sipmsg.INVITE && now.Sub(t.born) > transactionTime {
			delete(f.servers, k)
		}
	}
	return len(f.servers) < before
}

func (f *Flow) dropServer(t *serverTx) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.servers[t.key] == t {
		delete(f.servers, t.key)
	}
}

// dropServers stops the timers of what was under way when the flow ended.
func (f *Flow) dropServers() {
	f.mu.Lock()
	left := slices.Collect(maps.Values(f.servers))
	clear(f.servers)
	f.mu.Unlock()
	for _, t := range left {
		t.fsm.Terminate()
	}
}

// session finds the session a message belongs to; nil when there is none.
func (f *Flow) session(in *inbound) *Session {
	k := sessionKey{callID: in.head.get("call-id")}
	if in.req != nil {
		k.localTag = in.toTag()
	} else {
		k.localTag = in.fromTag()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sessions[k]
}

// onResponse gives a response to its transaction, a 2xx to an INVITE to its session (RFC 3261 section 17.1.1.2). What
// matches nothing is dropped.
func (f *Flow) onResponse(in *inbound) {
	res := in.res
	if in.method() == sipmsg.INVITE && res.IsSuccess() {
		if s := f.session(in); s != nil {
			s.post(func() { s.onSuccess(res) })
		}
		return
	}
	f.mu.Lock()
	tx := f.clients[clientKey(in.via.branch, in.method())]
	f.mu.Unlock()
	if tx != nil {
		tx.Receive(res)
	}
}
