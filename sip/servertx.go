// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"strconv"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// serverKey is what a repeated request, its ACK or its CANCEL is matched by (RFC 3261 section 17.2.3). Requests without
// the magic cookie (RFC 2543) are told apart by more fields, in other.
type serverKey struct{ branch, sentBy, method, other string }

func serverKeyOf(in *inbound, method sipmsg.RequestMethod) serverKey {
	if method == sipmsg.ACK {
		method = sipmsg.INVITE
	}
	k := serverKey{
		branch: in.via.branch,
		sentBy: in.via.host + ":" + strconv.Itoa(in.via.port),
		method: string(method),
	}
	if !strings.HasPrefix(k.branch, sipmsg.RFC3261BranchMagicCookie) {
		k.other = in.fromTag() + " " + in.head.get("call-id") + " " + strconv.FormatUint(uint64(in.req.CSeq().SeqNo), 10)
	}
	return k
}

// serverTx is one request received and the responses to it. The state machine is sipgo's until a 2xx to an INVITE: from
// there on repeating it is the session's business, and the entry stays in the flow's table to absorb the request when it
// comes again (RFC 6026 section 7.1, state Accepted).
type serverTx struct {
	flow *Flow
	key  serverKey
	in   *inbound
	fsm  *sipmsg.ServerTx
	born time.Time
	tag  string // To tag of our responses

	session *Session // the one it belongs to, nil when it came to none; used by the flow's reader alone

	mu    sync.Mutex
	final int // status of the final response sent; 0 before
}

// respond sends a response through the state machine. After a final response it does nothing but report ErrState.
func (t *serverTx) respond(code int, phrase string, headers []Header, body []byte) error {
	res := t.response(code, phrase, headers, body)
	if err := t.flow.fits(res); err != nil { // sipgo would take it for a broken connection
		return err
	}
	if t.isFinal(code) {
		return ErrState
	}
	return t.fsm.Respond(res)
}

// isFinal notes a final status and reports whether there was one before.
func (t *serverTx) isFinal(code int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.final != 0 {
		return true
	}
	if code >= 200 {
		t.final = code
	}
	return false
}

// status returns the status of the final response, 0 before.
func (t *serverTx) status() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.final
}

// accept sends a 2xx to an INVITE, past the state machine, and returns it to be sent again.
func (t *serverTx) accept(headers []Header, body []byte) (*sipmsg.Response, error) {
	res := t.response(200, "", headers, body)
	if err := t.flow.fits(res); err != nil {
		return nil, err
	}
	if t.isFinal(200) {
		return nil, ErrState
	}
	t.fsm.Terminate()
	return res, t.flow.send(res)
}

// response builds a response: Via, From, To, Call-ID and CSeq to the letter (RFC 3261 section 8.2.6).
func (t *serverTx) response(code int, phrase string, headers []Header, body []byte) *sipmsg.Response {
	res := sipmsg.NewResponse(code, phraseFor(code, phrase))
	add := func(name, value string) { res.AppendHeader(sipmsg.NewHeader(name, value)) }
	for i, via := range t.in.head.all("via") {
		if i == 0 {
			via = markVia(via, t.flow.remote)
		}
		add("Via", via)
	}
	add("From", t.in.head.get("from"))
	to := t.in.head.get("to")
	if code > 100 && t.in.toTag() == "" {
		to += ";tag=" + t.tag
	}
	add("To", to)
	add("Call-ID", t.in.head.get("call-id"))
	add("CSeq", t.in.head.get("cseq"))
	if t.in.req.Method == sipmsg.INVITE && code > 100 && code < 300 {
		for _, route := range t.in.head.all("record-route") {
			add("Record-Route", route)
		}
	}
	for _, h := range headers {
		add(h.Name, h.Value)
	}
	if code > 100 && t.flow.ua.cfg.Name != "" {
		add("User-Agent", t.flow.ua.cfg.Name)
	}
	res.SetBody(body)
	res.SetTransport("TLS")
	return res
}
