// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import "errors"

// Errors that callers tell apart. Why a socket ended wraps one of the first five or is the error of
// the connection below.
var (
	// ErrClosed means that this end closed the socket.
	ErrClosed = errors.New("the socket is closed")
	// ErrEnded means that the far end closed the socket.
	ErrEnded = errors.New("the far end closed the socket")
	// ErrRefused means that the far end refused the connection as a whole. Only a Bellwire says so.
	ErrRefused = errors.New("the far end refused the connection")
	// ErrProtocol means that the far end sent something that is none of its messages.
	ErrProtocol = errors.New("the far end breaks the rules of the multiplexed socket")
	// ErrStalled means that the far end has stopped to read.
	ErrStalled = errors.New("the far end does not read any more")

	// ErrDeclined means that the far end declined the stream.
	ErrDeclined = errors.New("the far end declined the stream")
	// ErrName means that the name of a stream is empty or too long.
	ErrName = errors.New("not a name for a stream")
	// ErrTooMany means that this end has as many streams open as it may.
	ErrTooMany = errors.New("too many streams are open")
	// ErrAnswered means that a request was answered before.
	ErrAnswered = errors.New("the request was answered before")
	// ErrWithdrawn means that the far end no longer wants the stream it asked for.
	ErrWithdrawn = errors.New("the far end withdrew its request")
)
