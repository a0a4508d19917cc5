// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"errors"
	"fmt"
)

// Reason says in a word why a call ended or could not be made.
type Reason int

// Why a call ends.
const (
	HungUp           Reason = iota // one side ended an established call
	Cancelled                      // the caller gave up
	Elsewhere                      // another device of the called account answered
	NotFound                       // no such name, id or number
	Unreachable                    // nothing answers, or no path to it
	Declined                       // the called person said no
	Busy                           // the called person is in another call
	NoAnswer                       // it rang and nobody answered
	NotAuthenticated               // the far end did not prove who it is
	NotAcceptable                  // no codec or security in common
	ConnectionLost                 // the connection broke during the call
	Failed                         // anything else
)

var reasonNames = [...]string{
	"hung up", "cancelled", "answered elsewhere", "not found", "unreachable", "declined", "busy",
	"no answer", "not authenticated", "not acceptable", "connection lost", "failed",
}

// String returns the words that stand in events.
func (r Reason) String() string {
	if r < 0 || int(r) >= len(reasonNames) {
		return "unknown"
	}
	return reasonNames[r]
}

// MarshalText returns the words of String.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Causes to end a call's context with, so that the far end hears the right thing.
var (
	// ErrElsewhere: another device of the same account answered. The far end is told (RFC 3326) and
	// notes no missed call.
	ErrElsewhere = errors.New("another device answered")
	// ErrHungUp: the person on our side ended the call.
	ErrHungUp = errors.New("hung up on this side")
)

// ErrContactsOnly is wrapped in the cause of a call or text that nobody took although devices of the
// target are online, where the target may be hearing its contacts alone: a contact request may help.
var ErrContactsOnly = errors.New("the other side may hear its contacts alone")

// errClosed means that the line was closed while the call began.
var errClosed = errors.New("the line is closed")

// Error is a call that was not made, or that broke.
type Error struct {
	Reason Reason
	Code   int   // SIP status of the far end; 0 when it sent none
	Err    error // cause; may be nil
}

func (e *Error) Error() string {
	switch {
	case e.Err != nil:
		return fmt.Sprintf("%s: %v", e.Reason, e.Err)
	case e.Code != 0:
		return fmt.Sprintf("%s (SIP %d)", e.Reason, e.Code)
	}
	return e.Reason.String()
}

func (e *Error) Unwrap() error { return e.Err }

// ReasonOf returns the reason of an error of this package, Failed for other errors.
func ReasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return Failed
}

// reasonOfStatus maps the final status of a refused INVITE (RFC 3261 section 21).
func reasonOfStatus(code int) Reason {
	switch code {
	case 404, 410, 484, 604:
		return NotFound
	case 408, 480:
		return NoAnswer
	case 481, 503:
		return Unreachable
	case 401, 403, 407:
		return NotAuthenticated
	case 486, 600:
		return Busy
	case 487:
		return Cancelled
	case 488, 606, 415:
		return NotAcceptable
	case 603:
		return Declined
	}
	return Failed
}
