// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import "context"

// Reason is a Reason header field (RFC 3326): why a CANCEL, BYE or refusal was sent. The zero value sends none.
type Reason struct {
	Protocol string // "SIP" or "Q.850"; empty means SIP
	Cause    int    // such as 200 with the text "Call completed elsewhere"; 0 leaves the header out
	Text     string
}

// Response is one response to our INVITE.
type Response struct {
	Code        int
	Phrase      string
	ContentType string
	Body        []byte // an answer, early or final; the offer when the INVITE had none
	Tag         string // the peer's To tag: responses of several devices behind a proxy differ in it
	Local       bool   // made here: 408 after no answer in time, 503 when the connection ended
	Headers     []Header
}

// Event is what happens in a session besides the responses to our INVITE: *ReInvite, *InDialog, Cancelled and,
// always and last, Ended.
type Event interface{ event() }

// ReInvite is a new offer of the peer in a confirmed session, by re-INVITE or UPDATE. Answer or Reject it.
type ReInvite struct {
	Method string // "INVITE" or "UPDATE"
	Offer  []byte // empty when the peer asks for our offer, or in an UPDATE without one
}

// Answer accepts with 200 and body. It waits for the ACK of a re-INVITE and returns the ACK's body: the peer's answer
// when it had sent no offer.
func (r *ReInvite) Answer(ctx context.Context, body []byte) (ack []byte, err error) { return nil, nil }

// Reject refuses; the session goes on as it was (488 is the usual code).
func (r *ReInvite) Reject(code int, phrase string) error { return nil }

// InDialog is an INFO or MESSAGE of the peer inside the session. Accept or Reject it.
type InDialog struct {
	Method      string // "INFO" or "MESSAGE"
	ContentType string
	Body        []byte
}

// Accept answers 200.
func (r *InDialog) Accept() error { return nil }

// Reject answers with a status from 300 to 699.
func (r *InDialog) Reject(code int, phrase string) error { return nil }

// Cancelled says that the caller gave up before we answered. Ended follows.
type Cancelled struct{ Reason Reason }

// Ended is the last event of every session; the channel is closed after it.
type Ended struct {
	Code   int    // the final status that ended an unanswered call, 200 for a BYE after the answer, 408 or 503 made here
	Phrase string // its words
	Reason Reason // as the peer gave it
	Local  bool   // our side ended it
	Err    error  // what broke, when nobody ended it; nil otherwise
}

func (*ReInvite) event() {}
func (*InDialog) event() {}
func (Cancelled) event() {}
func (Ended) event()     {}
