// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"errors"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/identity/keyring"
	"bellwire/phone"
	"bellwire/web"
)

// Exit codes; scripts rely on them.
const (
	exitDone             = 0
	exitFailed           = 1
	exitUsage            = 2
	exitNotFound         = 3
	exitUnreachable      = 4
	exitDeclined         = 5
	exitNoAnswer         = 6
	exitNotAuthenticated = 7
)

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// callError is a call that ended otherwise than it should.
type callError struct {
	reason   string
	sentence string
	shown    bool // a person has read it already
}

func (e *callError) Error() string { return e.sentence }

// byReason maps how a call ended. What is not here has failed.
var byReason = map[string]int{
	call.HungUp.String():           exitDone,
	call.NotFound.String():         exitNotFound,
	call.Unreachable.String():      exitUnreachable,
	call.Declined.String():         exitDeclined,
	call.Busy.String():             exitDeclined,
	call.NoAnswer.String():         exitNoAnswer,
	call.NotAuthenticated.String(): exitNotAuthenticated,
}

func exitCode(err error) int {
	var usage usageError
	var ended *callError
	var refused *web.Error
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &ended):
		return codeOf(ended.reason)
	case errors.As(err, &refused):
		return codeOf(refused.Reason)
	case errors.Is(err, identity.ErrID), errors.Is(err, keyring.ErrNotFound), errors.Is(err, phone.ErrNoLine),
		errors.Is(err, phone.ErrNoAccount), errors.Is(err, errNothing):
		return exitNotFound
	case errors.Is(err, identity.ErrWrongPassword), errors.Is(err, identity.ErrPasswordNeeded):
		return exitNotAuthenticated
	case errors.Is(err, errUnreachable), errors.Is(err, context.DeadlineExceeded):
		return exitUnreachable
	}
	return exitFailed
}

var (
	// errUnreachable means that the network or a node of it did not answer.
	errUnreachable = errors.New("unreachable")
	// errInterrupted means that the command was ended before its work was done.
	errInterrupted = errors.New("interrupted")
	// errNothing means that a key of the DHT holds no value.
	errNothing = errors.New("nothing is stored")
)

func codeOf(reason string) int {
	if code, known := byReason[reason]; known {
		return code
	}
	return exitFailed
}
