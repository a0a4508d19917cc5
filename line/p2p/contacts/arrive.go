// SPDX-License-Identifier: GPL-3.0-or-later

package contacts

import (
	"time"

	"bellwire/call"
	"bellwire/identity"
)

const (
	// silence is how long an account that was declined is not heard when its requests do not say when
	// they were made. It sends them anew each time it sees us, so a shorter time would ask and ask.
	silence = 7 * 24 * time.Hour
	// ahead is how far the clock of somebody who asks may be fast. What claims to be made later than
	// that would keep its sender's next requests from being newer.
	ahead = 24 * time.Hour
)

// Request is a contact request that arrived.
type Request struct {
	Name         string // as they call themselves
	Conversation string
	Made         time.Time // zero when it does not say
}

// Request takes a request of an account: it asks, or, where the user has asked it too, it agrees, and
// is to be confirmed. A request of somebody who was declined or removed is heard only when it was made
// after that which was dealt with. Nothing is heard of blocked accounts.
func (b *Book) Request(from identity.AccountID, r Request) (changed []identity.AccountID, err error) {
	return b.change(from, func(e *Entry, now time.Time) error {
		if r.Made.After(now.Add(ahead)) {
			r.Made = time.Time{}
		}
		switch e.State {
		case call.Blocked:
			return nil
		case call.Stranger:
			if e.dealtWith(r.Made, now) {
				return nil
			}
			*e = Entry{ID: e.ID}
			e.enter(call.Asking, now)
		case call.Requested, call.Confirmed:
			e.enter(call.Confirmed, now)
			e.Owes = true
		}
		if name := Name(r.Name); name != "" {
			e.Claimed = name
		}
		if len(r.Conversation) <= maxConversation {
			e.Conversation = r.Conversation
		}
		if e.Heard.IsZero() || r.Made.After(e.Theirs) {
			e.Heard, e.Theirs = now, r.Made.UTC()
		}
		return nil
	})
}

// dealtWith reports whether a request of a stranger that was made then is one the user knows.
func (e *Entry) dealtWith(made, now time.Time) bool {
	switch {
	case e.Dismissed.IsZero():
		return false
	case made.IsZero():
		return now.Sub(e.Dismissed) < silence
	case e.Theirs.IsZero():
		return !made.After(e.Dismissed)
	}
	return !made.After(e.Theirs)
}

// Confirm takes the word of an account that it agrees, which means something when it was asked.
func (b *Book) Confirm(from identity.AccountID) (changed []identity.AccountID, err error) {
	return b.change(from, func(e *Entry, now time.Time) error {
		if e.State == call.Requested {
			e.enter(call.Confirmed, now)
		}
		return nil
	})
}
