// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import "context"

// Flow is SIP in both directions over one connection to one peer.
type Flow struct{ tag any }

// Tag returns what Attach was given: the proved peer.
func (f *Flow) Tag() any { return f.tag }

// Done is closed when the connection ended; its sessions end with it.
func (f *Flow) Done() <-chan struct{} { return nil }

// Err returns nil before Done is closed, then why the flow ended.
func (f *Flow) Err() error { return nil }

// Close writes out what is queued (at most one second), closes the connection and returns when its goroutines ended.
func (f *Flow) Close() error { return nil }

// Invite sends an INVITE and returns at once; Responses and Events of the session tell what becomes of it. The
// context bounds the sending alone: the call rings until it is cancelled.
func (f *Flow) Invite(ctx context.Context, in Invite) (*Session, error) { return nil, ErrClosed }

// Message sends a MESSAGE outside of a dialog and returns the status of its final response (RFC 3428).
func (f *Flow) Message(ctx context.Context, r Request) (status int, err error) { return 0, ErrClosed }

// Options asks for the peer's capabilities and returns the status of the final response; any is a sign of life.
func (f *Flow) Options(ctx context.Context, r Request) (status int, err error) { return 0, ErrClosed }
