// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"context"
	"log/slog"

	"bellwire/identity"
	"bellwire/link/ice"
)

// Names of carriers, under which their halves travel in offers and answers.
const (
	QUIC = "quic" // ICE-UDP for QUIC and media, between Bellwires
	Jami = "jami" // ICE-TCP for TLS, towards Jami
)

// Carrier is one way to connect two devices: it makes sessions out of two halves of an ICE
// connection.
type Carrier interface {
	// Name is the key of the carrier's half in offers and answers.
	Name() string
	// Prepare opens what one attempt needs and learns its own candidates.
	Prepare(ctx context.Context, t Terms) (Attempt, error)
}

// Role tells which end of an attempt this is.
type Role int

// The two ends of an attempt.
const (
	Requester Role = iota // sent the offer
	Requested             // received it
)

// String says who started the attempt.
func (r Role) String() string {
	if r == Requester {
		return "us"
	}
	return "the far end"
}

// Terms are what an attempt has to keep to.
type Terms struct {
	Role   Role
	Device *identity.Device // ours
	Expect Expectation      // what the far end has to prove
	// Offered is the requester's half, when this end is the requested one.
	Offered  ice.Description
	Timeouts Timeouts
	Log      *slog.Logger
}

// Attempt is a connection being made.
type Attempt interface {
	// Half is this end's side, for the offer or the answer.
	Half() ice.Description
	// Connect finishes the connection. The far end's half comes from remote, which waits for it and
	// fails when the far end picked another carrier. The session is authenticated in both
	// directions: [Verify] accepted what the far end showed.
	Connect(ctx context.Context, remote Remote) (Session, error)
	// Close gives the attempt up. Once Connect has returned a session, it does nothing.
	Close() error
}

// Remote waits for the far end's half of an attempt.
type Remote func(ctx context.Context) (ice.Description, error)

// Session is an authenticated connection as a carrier makes it. What an [Endpoint] hands out as a
// Link adds reuse, idle close and limits to it.
type Session interface {
	Link
	// Refuse closes the session and tells the far end that it was declined.
	Refuse() error
}
