// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import "context"

// Session is one INVITE and the dialogs it creates, in either role. Its methods are safe for concurrent use and never
// wait longer than their context or, for an answer of the peer, 32 s.
type Session struct{ flow *Flow }

// ID returns the Call-ID.
func (s *Session) ID() string { return "" }

// Flow returns the flow it runs over; its Tag is the proved peer.
func (s *Session) Flow() *Flow { return s.flow }

// Outgoing reports whether we sent the INVITE.
func (s *Session) Outgoing() bool { return false }

// Remote returns the peer's From (incoming) or the To we called. It proves nothing.
func (s *Session) Remote() Address { return Address{} }

// Header returns the values of a header field of the INVITE in order.
func (s *Session) Header(name string) []string { return nil }

// Offer returns the body of the INVITE; empty when the caller asks for our offer.
func (s *Session) Offer() []byte { return nil }

// Events returns what happens, in order; Ended is the last, then the channel is closed. It must be read.
func (s *Session) Events() <-chan Event { return nil }

// Done is closed when the session ended.
func (s *Session) Done() <-chan struct{} { return nil }

// Responses returns every response to our INVITE, the final one last; then it is closed. When it is not read some
// provisional responses are left out, never the final one.
func (s *Session) Responses() <-chan Response { return nil }

// Ack answers the offer that a 2xx to our INVITE, or re-INVITE, without offer brought. Otherwise the ACK is sent
// without asking.
func (s *Session) Ack(body []byte) error { return nil }

// Cancel gives up an outgoing call and returns at once. The CANCEL waits for the first provisional response (RFC 3261
// section 9.1); when the peer answers meanwhile the call is ended by BYE. Ended comes when the peer confirmed, or
// after 32 s.
func (s *Session) Cancel(why Reason) error { return nil }

// Ring sends 180.
func (s *Session) Ring() error { return nil }

// Progress sends 183 with a body, an answer for early media.
func (s *Session) Progress(body []byte) error { return nil }

// Answer sends 200 with body and waits for the ACK, whose body it returns: the answer when the INVITE had no offer. The
// call is answered even when ctx ends first.
func (s *Session) Answer(ctx context.Context, body []byte) (ack []byte, err error) { return nil, nil }

// Reject refuses an incoming call with a status from 300 to 699.
func (s *Session) Reject(code int, phrase string, headers ...Header) error { return nil }

// Reinvite sends a new offer in a confirmed session and returns the answer; with an empty body it asks for the
// peer's offer, returns it, and Ack must follow. Crossing re-INVITEs are sorted out as RFC 3261 section 14.1 says. A
// refusal is a *StatusError and leaves the session as it was.
func (s *Session) Reinvite(ctx context.Context, body []byte) (answer []byte, err error) {
	return nil, nil
}

// Update is Reinvite by UPDATE (RFC 3311), possible before the answer too.
func (s *Session) Update(ctx context.Context, body []byte) (answer []byte, err error) {
	return nil, nil
}

// Info sends an INFO (RFC 6086) and returns the status of the final response.
func (s *Session) Info(ctx context.Context, contentType string, body []byte) (status int, err error) {
	return 0, nil
}

// Message sends a MESSAGE inside the session and returns the status of the final response.
func (s *Session) Message(ctx context.Context, contentType string, body []byte) (status int, err error) {
	return 0, nil
}

// Bye ends a confirmed session at once and waits for the peer's answer as long as ctx allows.
func (s *Session) Bye(ctx context.Context, why Reason) error { return nil }

// Hangup ends the session the way its state asks for: CANCEL, 603 or BYE.
func (s *Session) Hangup(ctx context.Context, why Reason) error { return nil }
