// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"context"

	"bellwire/identity"
)

// Endpoint makes and accepts links for one device of ours.
type Endpoint struct{}

// New starts an endpoint.
func New(cfg Config) (*Endpoint, error) { return &Endpoint{}, nil }

// Target is a device to connect to.
type Target struct {
	// Account is the account the device has to belong to.
	Account identity.AccountID
	// Key is the device's public key.
	Key *identity.PublicKey
	// Purpose says in a word why, such as "audioCall"; a hint for the far end.
	Purpose string
}

// Dial returns a link to the device: the live one when there is one, else a new one. Calls for the
// same device at the same time share one attempt. Errors: [ErrUnreachable], [ErrNotAuthenticated],
// [ErrDeclined], [ErrBusy], [ErrClosed] or the context's.
func (e *Endpoint) Dial(ctx context.Context, to Target) (Link, error) { return nil, ErrUnreachable }

// Accept returns the next link that another device started. It fails with [ErrClosed] or the
// context's error.
func (e *Endpoint) Accept(ctx context.Context) (Link, error) { return nil, ErrClosed }

// Links returns the live links.
func (e *Endpoint) Links() []Link { return nil }

// Close ends all links and attempts and returns when everything has ended.
func (e *Endpoint) Close() error { return nil }
