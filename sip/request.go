// SPDX-License-Identifier: GPL-3.0-or-later

package sip

// Header is one header field of the caller's, sent as it is. The fields this package writes itself (Via, From, To,
// Contact, Call-ID, CSeq, Max-Forwards, Route, Record-Route, Allow, Supported, User-Agent, Content-Type,
// Content-Length) are refused.
type Header struct{ Name, Value string }

// Request is what the caller decides of a request outside of a dialog.
type Request struct {
	Target      URI     // Request-URI; zero: the peer's end of the flow, sips:HOST:PORT;transport=tls
	From        Address // without tag
	To          Address
	Contact     Address // used by INVITE; zero: From's user at our end of the flow
	Headers     []Header
	ContentType string // of Body; empty with a body means application/sdp for INVITE, text/plain otherwise
	Body        []byte // for INVITE the offer; empty asks the peer to offer (late offer)
}

// Invite is a Request to start a session.
type Invite Request
