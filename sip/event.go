// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Response is one response to our INVITE.
type Response struct {
	Code        int
	Phrase      string // the peer's words, not to be trusted
	ContentType string
	Body        []byte // an answer, early or final; the offer when the INVITE had none
	Tag         string // the peer's To tag: responses of several devices behind a proxy differ in it
	Local       bool   // made here: 408 after no answer in time, 487 after Cancel, 503 when the connection ended

	msg *sipmsg.Response
}

// Header returns the values of a header field in order.
func (r Response) Header(name string) []string {
	if r.msg == nil {
		return nil
	}
	return valuesOf(r.msg, name)
}

// valuesOf returns the values of a header field in its long or compact form.
func valuesOf(m *sipmsg.Response, name string) []string {
	var values []string
	for _, h := range m.Headers() {
		if longName(h.Name()) == strings.ToLower(name) {
			values = append(values, h.Value())
		}
	}
	return values
}

// Event is what happens in a session besides the responses to our INVITE: *ReInvite, *InDialog, Cancelled and,
// always and last, Ended.
type Event interface{ event() }

// InDialog is an INFO or MESSAGE of the peer inside the session. Accept or Reject it; when the session ends first the
// peer gets 487.
type InDialog struct {
	Method      string // "INFO" or "MESSAGE"
	ContentType string
	Body        []byte

	session *Session
	tx      *serverTx
}

// Accept answers 200.
func (r *InDialog) Accept() error { return r.respond(200, "") }

// Reject answers with a status from 300 to 699.
func (r *InDialog) Reject(code int, phrase string) error {
	if err := checkRefusal(code, phrase); err != nil {
		return err
	}
	return r.respond(code, phrase)
}

func (r *InDialog) respond(code int, phrase string) error {
	return r.session.do(func() error {
		delete(r.session.asked, r.tx)
		return r.tx.respond(code, phrase, nil, nil)
	})
}

// Cancelled says that the caller gave up before we answered. Ended follows.
type Cancelled struct{ Reason Reason }

// Ended is the last event of every session; the channel is closed after it.
type Ended struct {
	Code   int    // the final status that ended an unanswered call, 200 for a BYE after the answer, 408 or 503 made here
	Phrase string // its words
	Reason Reason // the Reason header of who ended it
	Local  bool   // our side ended it
	Err    error  // what broke, when nobody ended it; nil otherwise
}

func (*InDialog) event() {}
func (Cancelled) event() {}
func (Ended) event()     {}
