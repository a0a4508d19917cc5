// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed: the user agent or the flow was closed on our side.
	ErrClosed = errors.New("sip: closed")
	// ErrFlowEnded: the peer closed the connection, or it broke.
	ErrFlowEnded = errors.New("sip: the connection to the peer ended")
	// ErrFlooded: the peer does not read what we send, or sends what is not SIP; the flow was closed.
	ErrFlooded = errors.New("sip: the peer broke the limits of the connection")
	// ErrTooLarge: the message exceeds Config.MaxMessage.
	ErrTooLarge = errors.New("sip: message too large to send")
	// ErrSessionEnded: the session is over; Ended says why.
	ErrSessionEnded = errors.New("sip: the session has ended")
	// ErrState: the call is in a state that does not allow the operation, such as answering an outgoing call.
	ErrState = errors.New("sip: not possible in this state of the session")
	// ErrTimeout: the peer did not answer a request within the time of RFC 3261 (32 s).
	ErrTimeout = errors.New("sip: no answer from the peer in time")
	// ErrInvalid: an address, header or status code given by the caller cannot stand in a SIP message.
	ErrInvalid = errors.New("sip: invalid value")
)

// StatusError is a final response that refused a request of ours.
type StatusError struct {
	Code   int    // 300 to 699
	Phrase string // the peer's words, not to be trusted or parsed
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("sip: the peer answered %d %s", e.Code, e.Phrase)
}
