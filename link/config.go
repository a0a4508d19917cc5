// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"bellwire/identity"
)

// Config is what an Endpoint needs. Device, Signaller and one carrier are required; the rest has
// useful zero values.
type Config struct {
	Device    *identity.Device
	Signaller Signaller
	// Carriers in the order of preference.
	Carriers []Carrier
	// Allow decides whether a device that proved its identity may connect; nil allows all. It is
	// asked for links the far end started. An error declines.
	Allow    func(ctx context.Context, p Peer) error
	Timeouts Timeouts
	Limits   Limits
	// Now tells the time for the validity of certificates; nil is time.Now.
	Now func() time.Time
	Log *slog.Logger // nil discards
}

func (c Config) check() error {
	switch {
	case c.Device == nil:
		return errors.New("a link endpoint needs a device to speak for")
	case c.Signaller == nil:
		return errors.New("a link endpoint needs a signaller for its offers")
	case len(c.Carriers) == 0:
		return errors.New("a link endpoint needs at least one carrier")
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.Timeouts = c.Timeouts.WithDefaults()
	c.Limits = c.Limits.withDefaults()
	if c.Allow == nil {
		c.Allow = func(context.Context, Peer) error { return nil }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Timeouts bound every wait for a peer. Zero values mean the defaults named.
type Timeouts struct {
	Answer    time.Duration // from offer to answer; 30 s, as Jami waits
	Connect   time.Duration // from the answer to a working path; 15 s
	Handshake time.Duration // from the path to the proof; 10 s
	Stream    time.Duration // from opening a stream to its acceptance; 10 s
	Keepalive time.Duration // silence after which a link sends something; 5 s
	Dead      time.Duration // silence after which a link is given up; 15 s
	Idle      time.Duration // time without streams and media after which a link is closed; 10 min
}

// WithDefaults returns the timeouts with every zero value replaced.
func (t Timeouts) WithDefaults() Timeouts {
	orDefault(&t.Answer, 30*time.Second)
	orDefault(&t.Connect, 15*time.Second)
	orDefault(&t.Handshake, 10*time.Second)
	orDefault(&t.Stream, 10*time.Second)
	orDefault(&t.Keepalive, 5*time.Second)
	orDefault(&t.Dead, 15*time.Second)
	orDefault(&t.Idle, 10*time.Minute)
	return t
}

// Limits bound what peers can make this end hold. Zero values mean the defaults named.
type Limits struct {
	Pending        int // incoming attempts under way, then the oldest gives way; 64
	PendingPerPeer int // of those, from one device; 4
	Links          int // open links, a quarter of which others cannot start; 1024
	LinksPerPeer   int // of those, with one device, beyond which the oldest is closed; 4
	OffersPerPeer  int // offers taken from one device in a minute; 20
	Seen           int // offer ids remembered against replays; 4096
	Backlog        int // links nobody has accepted yet; 32
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.Pending, 64)
	orDefault(&l.PendingPerPeer, 4)
	orDefault(&l.Links, 1024)
	orDefault(&l.LinksPerPeer, 4)
	orDefault(&l.OffersPerPeer, 20)
	orDefault(&l.Seen, 4096)
	orDefault(&l.Backlog, 32)
	return l
}

func orDefault[T int | time.Duration](value *T, byDefault T) {
	if *value <= 0 {
		*value = byDefault
	}
}
