// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"strings"
	"sync"

	sipmsg "github.com/emiago/sipgo/sip"
)

const (
	maxEvents    = 64 // events waiting to be read; requests beyond are refused with 503
	maxResponses = 64 // responses waiting to be read; provisional ones beyond are left out
	maxForks     = 16 // devices behind one INVITE whose answers are followed
)

// phase is how far a session has come.
type phase int

const (
	unanswered phase = iota // no 2xx yet
	answered                // incoming: our 2xx is out, its ACK not yet here
	confirmed
	over // Ended is told; what is under way between the peers may still be finished
)

// Session is one INVITE and the dialogs it creates, in either role. Its methods are safe for concurrent use and never
// wait longer than their context or, for an answer of the peer, 32 s.
//
// Everything that happens to it happens in its loop, one thing after another: what the flow's reader hands over, what
// users ask for, and its alarms.
type Session struct {
	flow     *Flow
	outgoing bool
	callID   string
	localTag string
	local    Address
	remote   Address
	offer    []byte
	fields   []field    // of the INVITE
	contact  string     // our Contact
	target   sipmsg.Uri // Request-URI of our INVITE

	inbox     chan func() // run by the loop
	responses chan Response
	events    chan Event
	ended     chan struct{} // closed when Ended was told
	gone      chan struct{} // closed when the loop is over

	// What follows belongs to the loop.
	phase   phase
	alarms  alarms
	told    bool               // the final response was delivered
	dialog  *dialog            // the dialog; of an outgoing call not before its first 2xx
	early   map[string]*dialog // outgoing, before that: by the peer's tag
	invite  *clientInvite      // our INVITE or re-INVITE without final response
	acks    map[string]sentACK // for 2xx that come again, by the peer's tag
	heldACK *heldACK           // a 2xx with an offer, waiting for Ack
	ringing *serverTx          // the INVITE that made an incoming session
	last    *provisional       // what we answered to it so far
	answer  *answer            // our 2xx without ACK
	taken   *serverTx          // the peer's INVITE we accepted last; its flow knows it until the session is over
	reoffer *ReInvite          // the peer's re-INVITE or UPDATE, unanswered
	asked   map[*serverTx]bool // the peer's other requests, unanswered
	update  bool               // our UPDATE is under way
	heldBye *Reason            // BYE to be sent when the ACK is here
	byes    int                // BYEs without answer
	byeDone chan struct{}      // closed when the last of them is answered
	byeOnce sync.Once          // closes it
	settled chan struct{}      // closed and replaced when a re-INVITE may be possible again
}

func newSession(f *Flow, outgoing bool) *Session {
	s := &Session{
		flow: f, outgoing: outgoing,
		inbox:   make(chan func()),
		events:  make(chan Event, maxEvents+2), // Cancelled and Ended always fit
		ended:   make(chan struct{}),
		gone:    make(chan struct{}),
		acks:    map[string]sentACK{},
		asked:   map[*serverTx]bool{},
		byeDone: make(chan struct{}),
		settled: make(chan struct{}),
	}
	if outgoing {
		s.early = map[string]*dialog{}
		s.responses = make(chan Response, maxResponses+1) // the final one always fits
	}
	return s
}

// ID returns the Call-ID.
func (s *Session) ID() string { return s.callID }

// Flow returns the flow it runs over; its Tag is the proved peer.
func (s *Session) Flow() *Flow { return s.flow }

// Outgoing reports whether we sent the INVITE.
func (s *Session) Outgoing() bool { return s.outgoing }

// Remote returns the peer's From (incoming) or the To we called. It proves nothing.
func (s *Session) Remote() Address { return s.remote }

// Local returns our From, or the To that was called.
func (s *Session) Local() Address { return s.local }

// Header returns the values of a header field of the INVITE in order.
func (s *Session) Header(name string) []string {
	h := head{fields: s.fields}
	return h.all(longName(strings.TrimSpace(name)))
}

// Offer returns the body of the INVITE; empty when the caller asks for our offer.
func (s *Session) Offer() []byte { return s.offer }

// Events returns what happens, in order; Ended is the last, then the channel is closed. It must be read: of what the
// peer sends while 64 events wait, INFO, MESSAGE and new offers are refused.
func (s *Session) Events() <-chan Event { return s.events }

// Done is closed when the session ended.
func (s *Session) Done() <-chan struct{} { return s.ended }

// Responses returns every response to our INVITE, the final one last; then it is closed. When it is not read some
// provisional responses are left out, never the final one. It is nil for an incoming call.
func (s *Session) Responses() <-chan Response { return s.responses }
