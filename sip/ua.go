// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"log/slog"
	"net"
)

// Config are the settings of a user agent; the zero value works.
type Config struct {
	Name        string       // User-Agent header; empty leaves it out
	SentBy      string       // host:port written in Via and in default Contacts; empty: the local address of each connection
	Supported   []string     // option tags of extensions the caller of this package implements, such as "replaces"
	MaxMessage  int          // largest message sent, in bytes; zero: 7999 (jamid refuses 8000)
	MaxSessions int          // sessions alive on one flow; zero: 512
	Log         *slog.Logger // nil discards
}

// UA is a user agent: the place where incoming calls and messages of all its flows arrive.
type UA struct{ cfg Config }

// NewUA returns a user agent without flows.
func NewUA(cfg Config) (*UA, error) { return &UA{cfg: cfg}, nil }

// Attach speaks SIP over conn until it ends; the user agent owns conn from here on. The tag, the peer's proved
// identity, is handed back by Flow.Tag with everything that arrives.
func (u *UA) Attach(conn net.Conn, tag any) (*Flow, error) { return nil, ErrClosed }

// Accept returns the next incoming call. It has been answered with 100; the caller rings, answers or rejects it.
func (u *UA) Accept(ctx context.Context) (*Session, error) { return nil, ErrClosed }

// Messages returns the queue of MESSAGE requests outside of dialogs. Every one must be accepted or rejected.
func (u *UA) Messages() <-chan *Message { return nil }

// Close closes every flow, ending its sessions without further words, and returns when all goroutines ended.
// To be polite hang up first.
func (u *UA) Close() error { return nil }
