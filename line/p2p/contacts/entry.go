// SPDX-License-Identifier: GPL-3.0-or-later

package contacts

import (
	"time"

	"bellwire/call"
	"bellwire/identity"
)

// Entry is what the book knows of one account. Its zero value, but for the id, is a stranger.
type Entry struct {
	ID    identity.AccountID `json:"-"`
	State call.ContactState  `json:"state"`
	Since time.Time          `json:"since"`          // of the state
	Name  string             `json:"name,omitempty"` // ours for them
	// Claimed is how they call themselves. It proves nothing.
	Claimed string `json:"claimed,omitempty"`

	// Made is when the user asked them last; a request says so.
	Made time.Time `json:"made,omitzero"`
	// Asked is when a request of ours last reached the network.
	Asked time.Time `json:"asked,omitzero"`

	// Heard is when a request of theirs last arrived, zero when none ever did.
	Heard time.Time `json:"heard,omitzero"`
	// Theirs is when they made it; zero when it does not say, as those of Jami until 2026.
	Theirs time.Time `json:"theirs,omitzero"`
	// Conversation is what it wants to be confirmed with.
	Conversation string `json:"conversation,omitempty"`
	// Owes says that it is to be confirmed, and was not yet.
	Owes bool `json:"owes,omitempty"`
	// Dismissed is when the user declined it, or removed its sender.
	Dismissed time.Time `json:"dismissed,omitzero"`
}

// Contact returns the entry as the rest of the program sees it, without the presence.
func (e Entry) Contact() call.Contact {
	name := e.Name
	if name == "" {
		name = e.Claimed
	}
	return call.Contact{ID: e.ID.String(), Name: name, State: e.State, Since: e.Since, Asked: e.Asked, Untold: e.Owes}
}

// Friend reports whether the two have agreed, or would if it went after us.
func (e Entry) Friend() bool { return e.State == call.Requested || e.State == call.Confirmed }

// enter changes the state.
func (e *Entry) enter(state call.ContactState, now time.Time) {
	if e.State != state {
		e.State, e.Since = state, now
	}
}
