// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"context"
	"time"

	"bellwire/identity"
	"bellwire/link/ice"
)

// Halves are one end's sides of the connections it can make, by the name of the carrier.
type Halves map[string]ice.Description

// Offer asks a device for a connection.
type Offer struct {
	// ID names the attempt; random, 1 to 2^53.
	ID uint64
	// Purpose says in a word why, such as "audioCall"; a hint that proves nothing.
	Purpose string
	// Made is when the offer was made by the clock of the one who offers, to the millisecond; zero when
	// it does not say, as Jami. It orders the offers of one device and means nothing else.
	Made   time.Time
	Halves Halves
}

// Answer is the other end's reply to an offer. It holds the halves of the carriers it picked.
type Answer struct {
	// From is the key that signed the answer.
	From   *identity.PublicKey
	Halves Halves
}

// Incoming is an offer that arrived.
type Incoming struct {
	// From is the key that signed the offer.
	From  *identity.PublicKey
	Offer Offer
	// Answer sends the reply; its From is ignored. It may return before the reply arrived.
	Answer func(ctx context.Context, a Answer) error
}

// Signaller carries offers and answers between devices that have no connection yet. It proves who
// signed them and keeps them secret from everybody else.
type Signaller interface {
	// Offer sends the offer to the device with this key and waits for the answer, as long as the
	// context allows. An answer signed by another key is never returned.
	Offer(ctx context.Context, to *identity.PublicKey, o Offer) (Answer, error)
	// Accept returns the next offer for this device.
	Accept(ctx context.Context) (Incoming, error)
}
