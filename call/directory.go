// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Directory is a Line that knows people: who asked to be a contact, who was asked, who is online.
type Directory interface {
	// Contacts returns everybody in the book, blocked ones included, in the order of their ids.
	Contacts() []Contact
	// AddContact asks somebody to become a contact; it accepts who has asked already. The name is
	// what we call them; empty leaves it to them. It returns when the book is written: the request
	// travels as soon as the network allows, and again whenever the other comes online, until it is
	// confirmed.
	AddContact(ctx context.Context, target, name string) error
	// AcceptContact confirms a request that arrived.
	AcceptContact(ctx context.Context, target string) error
	// DeclineContact forgets a request that arrived; the other is not told.
	DeclineContact(ctx context.Context, target string) error
	// BlockContact makes an account unable to ring, to write and to ask, from any of its devices.
	BlockContact(ctx context.Context, target string) error
	// RemoveContact takes somebody out of the book; a blocked account is free again.
	RemoveContact(ctx context.Context, target string) error
	// Follow reports the presence of an account that need not be a contact, until stop is called.
	Follow(target string) (stop func(), err error)
	// ContactChanges returns each contact or followed account whose state or presence changed, as it
	// is after the change.
	ContactChanges() <-chan Contact
}

// Contact is somebody an account knows.
type Contact struct {
	ID       string       `json:"id"`
	Name     string       `json:"name,omitempty"` // ours for them, else what they call themselves; proves nothing
	State    ContactState `json:"state"`
	Presence Presence     `json:"presence"`
	Since    time.Time    `json:"since"` // of the state
	// Asked is when our request to this contact last reached the network; zero before it has. That it
	// did is a change.
	Asked time.Time `json:"asked,omitzero"`
	// Untold says that our agreement has not reached the network yet. That it did is a change.
	Untold bool `json:"untold,omitempty"`
}

// ContactState is where two accounts stand with one another.
type ContactState int

// The states of a contact.
const (
	Stranger  ContactState = iota // not in the book
	Requested                     // we asked, and were not answered yet
	Asking                        // the other asked
	Confirmed                     // both agreed
	Blocked
)

var contactStates = [...]string{"stranger", "requested", "asking", "confirmed", "blocked"}

// String returns the word that stands in events.
func (s ContactState) String() string { return wordOf(contactStates[:], int(s)) }

// MarshalText returns the word of String.
func (s ContactState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *ContactState) UnmarshalText(text []byte) error {
	i := slices.Index(contactStates[:], string(text))
	if i < 0 {
		return fmt.Errorf("%q is no state of a contact", text)
	}
	*s = ContactState(i)
	return nil
}

// Presence is whether somebody can be reached.
type Presence int

// The degrees of presence.
const (
	Offline   Presence = iota
	Online             // a device is announced in the network
	Connected          // a link to a device is up
)

var presences = [...]string{"offline", "online", "connected"}

// String returns the word that stands in events.
func (p Presence) String() string { return wordOf(presences[:], int(p)) }

// MarshalText returns the word of String.
func (p Presence) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Presence) UnmarshalText(text []byte) error {
	i := slices.Index(presences[:], string(text))
	if i < 0 {
		return fmt.Errorf("%q is no presence", text)
	}
	*p = Presence(i)
	return nil
}

func wordOf(words []string, i int) string {
	if i < 0 || i >= len(words) {
		return "unknown"
	}
	return words[i]
}
