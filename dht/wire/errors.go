// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"errors"
	"fmt"
)

// Errors of Parse. A datagram that causes one is dropped without an answer.
var (
	// ErrMalformed means that the bytes are not a message, or that a required part is missing or of the
	// wrong type.
	ErrMalformed = errors.New("not a DHT message")
	// ErrNoID means that the sender's node id is missing or zero.
	ErrNoID = errors.New("the message does not name its sender")
	// ErrUnknownRequest means a request this version does not know.
	ErrUnknownRequest = errors.New("the request is of an unknown kind")
)

// ErrorCode is the number in an error message.
type ErrorCode uint16

// Error codes peers send.
const (
	// CodeNonAuthoritative answers an all-zero key and a value id of 0.
	CodeNonAuthoritative ErrorCode = 203
	// CodeUnauthorized answers a wrong token in a put, refresh or listen.
	CodeUnauthorized ErrorCode = 401
	// CodeNotFound answers the refresh of something that is not stored.
	CodeNotFound ErrorCode = 404
)

// Texts of the errors we send. They are for people only and never parsed.
const (
	TextNoKey          = "no key was given"
	TextNoValueID      = "a value has the id 0"
	TextWrongToken     = "the token is wrong"
	TextNothingStored  = "no such value is stored here"
	maxErrorTextLength = 256
)

// Error describes the code.
func (c ErrorCode) Error() string {
	switch c {
	case CodeNonAuthoritative:
		return "the peer refused a request without a key or value id (203)"
	case CodeUnauthorized:
		return "the peer refused the write token (401)"
	case CodeNotFound:
		return "the peer stores no such value (404)"
	}
	return fmt.Sprintf("the peer answered with error %d", uint16(c))
}
