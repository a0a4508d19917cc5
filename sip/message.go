// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"errors"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Message is an incoming MESSAGE outside of a dialog (RFC 3428).
type Message struct {
	From, To    Address // proves nothing; Flow().Tag() does
	ContentType string
	Body        []byte

	tx *serverTx
}

// onMessage queues a MESSAGE for the user.
func (f *Flow) onMessage(t *serverTx) {
	in := t.in
	from, to := in.req.From(), in.req.To()
	m := &Message{
		From: addressOf(from.DisplayName, &from.Address), To: addressOf(to.DisplayName, &to.Address),
		ContentType: in.head.get("content-type"), Body: in.req.Body(), tx: t,
	}
	if f.texts.Add(1) <= maxTexts {
		select {
		case f.ua.messages <- m:
			return
		default:
		}
	}
	_ = m.respond(503, "", retryAfter(5))
}

// Flow returns the flow it came over; its Tag is the proved sender.
func (m *Message) Flow() *Flow { return m.tx.flow }

// Header returns the values of a header field in order.
func (m *Message) Header(name string) []string {
	return m.tx.in.head.all(longName(strings.TrimSpace(name)))
}

// Accept answers 200: delivered.
func (m *Message) Accept() error { return m.respond(200, "", nil) }

// Reject answers with a status from 300 to 699.
func (m *Message) Reject(code int, phrase string) error {
	if err := checkRefusal(code, phrase); err != nil {
		return err
	}
	return m.respond(code, phrase, nil)
}

func (m *Message) respond(code int, phrase string, headers []Header) error {
	err := m.tx.respond(code, phrase, headers, nil)
	if !errors.Is(err, ErrState) { // which means that it was answered before
		m.tx.flow.texts.Add(-1)
	}
	return err
}

// Message sends a MESSAGE outside of a dialog and returns the status of its final response (RFC 3428).
func (f *Flow) Message(ctx context.Context, r Request) (status int, err error) {
	return f.exchange(ctx, sipmsg.MESSAGE, r)
}

// Options asks for the peer's capabilities and returns the status of the final response; any is a sign of life.
func (f *Flow) Options(ctx context.Context, r Request) (status int, err error) {
	return f.exchange(ctx, sipmsg.OPTIONS, r)
}

func (f *Flow) exchange(ctx context.Context, method sipmsg.RequestMethod, r Request) (int, error) {
	r, err := f.complete(r, "text/plain")
	if err != nil {
		return 0, err
	}
	o := outbound{
		method: method, target: r.Target.sipmsgURI(), from: r.From.String() + ";tag=" + token(), to: r.To.String(),
		callID: longToken(), cseq: 1, headers: r.Headers, contentType: r.ContentType, body: r.Body,
	}
	if method == sipmsg.OPTIONS {
		o.contact = r.Contact.String()
		o.headers = append(o.headers[:len(o.headers):len(o.headers)], Header{"Accept", sdpType})
	}
	tx, err := f.start(f.build(o))
	if err != nil {
		return 0, err
	}
	res, err := f.await(ctx, tx, nil)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, nil
}
