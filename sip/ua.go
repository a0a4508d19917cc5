// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
)

// Config are the settings of a user agent; the zero value works.
type Config struct {
	Name        string       // User-Agent header; empty leaves it out
	SentBy      string       // host:port written in Via and in default Contacts; empty: the local address of each connection
	Contact     Address      // our Contact; a zero host means our end of the flow, all zero the user of From or To there
	Supported   []string     // option tags of extensions the caller of this package implements, such as "replaces"
	MaxMessage  int          // largest message sent, in bytes; zero: 7999 (jamid refuses 8000)
	MaxSessions int          // sessions alive on one flow; zero: 512
	Log         *slog.Logger // nil discards
}

const (
	waiting  = 1024 // calls, and messages, that may wait to be taken
	maxTexts = 64   // messages of one flow that may wait to be answered
)

// UA is a user agent: the place where incoming calls and messages of all its flows arrive.
type UA struct {
	cfg      Config
	log      *slog.Logger
	calls    chan *Session
	messages chan *Message
	done     chan struct{}

	mu     sync.Mutex
	closed bool
	flows  map[*Flow]struct{}
}

// NewUA returns a user agent without flows.
func NewUA(cfg Config) (*UA, error) {
	if cfg.MaxMessage == 0 {
		cfg.MaxMessage = 7999
	}
	if cfg.MaxSessions == 0 {
		cfg.MaxSessions = 512
	}
	if cfg.Log == nil {
		cfg.Log = discard
	}
	if hasControl(cfg.Name) || hasControl(cfg.SentBy) {
		return nil, fmt.Errorf("%w: Name and SentBy of the user agent must not hold control characters", ErrInvalid)
	}
	if c := cfg.Contact; c != (Address{}) {
		if c.URI.Host == "" {
			c.URI.Host = "h"
		}
		if err := c.check("Contact"); err != nil {
			return nil, err
		}
	}
	for _, tag := range cfg.Supported {
		if !isToken(tag) {
			return nil, fmt.Errorf("%w: %q is no option tag", ErrInvalid, tag)
		}
	}
	return &UA{
		cfg:      cfg,
		log:      cfg.Log,
		calls:    make(chan *Session, waiting),
		messages: make(chan *Message, waiting),
		done:     make(chan struct{}),
		flows:    map[*Flow]struct{}{},
	}, nil
}

// Attach speaks SIP over conn until it ends; the user agent owns conn from here on, also when Attach fails. The tag, the
// peer's proved identity, is handed back by Flow.Tag with everything that arrives.
func (u *UA) Attach(conn net.Conn, tag any) (*Flow, error) {
	f := newFlow(u, conn, tag)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		_ = conn.Close()
		return nil, ErrClosed
	}
	u.flows[f] = struct{}{}
	go f.run()
	return f, nil
}

// Accept returns the next incoming call. It has been answered with 100; the caller rings, answers or rejects it. A call
// whose caller gave up meanwhile is returned all the same, with its events, so that it can be shown as missed.
func (u *UA) Accept(ctx context.Context) (*Session, error) {
	select {
	case s := <-u.calls:
		return s, nil
	case <-u.done:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Messages returns the queue of MESSAGE requests outside of dialogs. Every one must be accepted or rejected.
func (u *UA) Messages() <-chan *Message { return u.messages }

// Close closes every flow, ending its sessions without further words, and returns when all goroutines ended.
// To be polite hang up first.
func (u *UA) Close() error {
	u.mu.Lock()
	if !u.closed {
		u.closed = true
		close(u.done)
	}
	var flows []*Flow
	for f := range u.flows {
		flows = append(flows, f)
	}
	u.mu.Unlock()
	for _, f := range flows {
		f.fail(ErrClosed)
	}
	for _, f := range flows {
		<-f.ended
	}
	return nil
}

// forget drops a flow that ended.
func (u *UA) forget(f *Flow) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.flows, f)
}
