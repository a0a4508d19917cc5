// SPDX-License-Identifier: GPL-3.0-or-later

package linktest

import (
	"context"
	"sync"

	"bellwire/identity"
	"bellwire/link"
)

// Board carries offers and answers between the devices that joined it.
type Board struct {
	mu      sync.Mutex
	inboxes map[identity.LongID]chan link.Incoming
	offers  []link.Offer
}

// NewBoard returns an empty board.
func NewBoard() *Board {
	return &Board{inboxes: map[identity.LongID]chan link.Incoming{}}
}

// Join returns the signaller of the device that holds this key.
func (b *Board) Join(own *identity.PublicKey) *Signaller {
	return &Signaller{board: b, own: own, inbox: b.inbox(own)}
}

// Offers returns all offers there were, oldest first.
func (b *Board) Offers() []link.Offer {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]link.Offer(nil), b.offers...)
}

// Deliver puts an offer into a device's inbox, as whoever it claims to be from.
func (b *Board) Deliver(to *identity.PublicKey, in link.Incoming) { b.inbox(to) <- in }

func (b *Board) inbox(key *identity.PublicKey) chan link.Incoming {
	b.mu.Lock()
	defer b.mu.Unlock()
	inbox := b.inboxes[key.LongID()]
	if inbox == nil {
		inbox = make(chan link.Incoming, 64)
		b.inboxes[key.LongID()] = inbox
	}
	return inbox
}

func (b *Board) note(o link.Offer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.offers = append(b.offers, o)
}

// Signaller is one device's place at a board. It implements link.Signaller.
type Signaller struct {
	board *Board
	own   *identity.PublicKey
	inbox chan link.Incoming
}

// Offer implements link.Signaller.
func (s *Signaller) Offer(ctx context.Context, to *identity.PublicKey, o link.Offer) (link.Answer, error) {
	s.board.note(o)
	replies := make(chan link.Answer, 1)
	s.board.Deliver(to, link.Incoming{
		From:  s.own,
		Offer: o,
		Answer: func(_ context.Context, a link.Answer) error {
			a.From = to
			replies <- a
			return nil
		},
	})
	select {
	case a := <-replies:
		return a, nil
	case <-ctx.Done():
		return link.Answer{}, ctx.Err()
	}
}

// Accept implements link.Signaller.
func (s *Signaller) Accept(ctx context.Context) (link.Incoming, error) {
	select {
	case in := <-s.inbox:
		return in, nil
	case <-ctx.Done():
		return link.Incoming{}, ctx.Err()
	}
}
