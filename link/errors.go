// SPDX-License-Identifier: GPL-3.0-or-later

package link

import "errors"

// Errors that callers tell apart. Everything this package returns wraps one of them or a context's
// error.
var (
	// ErrUnreachable means that the device did not answer or that no path to it was found.
	ErrUnreachable = errors.New("the device cannot be reached")
	// ErrNoAnswer means that the device did not answer an offer in time; it comes with ErrUnreachable.
	ErrNoAnswer = errors.New("it did not answer")
	// ErrNotAuthenticated means that the far end did not prove to be the device that was meant.
	ErrNotAuthenticated = errors.New("the far end did not prove its identity")
	// ErrDeclined means that the far end refused the link or the stream.
	ErrDeclined = errors.New("the far end declined")
	// ErrClosed means that this end or the far end closed the link or the endpoint.
	ErrClosed = errors.New("closed")
	// ErrBusy means that a limit on pending connections, links or requests is reached.
	ErrBusy = errors.New("too many connections")
	// ErrReplayed means that an offer with this id and sender was seen before.
	ErrReplayed = errors.New("the offer was seen before")
	// ErrName means that the name of a stream is empty, longer than [MaxName] or not UTF-8.
	ErrName = errors.New("not a name for a stream")
	// ErrRouteTaken means that the SSRC already has a receiver on this link.
	ErrRouteTaken = errors.New("the SSRC is already in use on this link")
)
