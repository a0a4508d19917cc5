// SPDX-License-Identifier: GPL-3.0-or-later

package contacts

import (
	"time"

	"bellwire/call"
	"bellwire/identity"
)

// Add asks an account to become a contact, again if it was asked already, and accepts its request if
// there is one. The name is ours for it; empty keeps the one there is. changed is who is another now.
func (b *Book) Add(account identity.AccountID, name string) (changed []identity.AccountID, err error) {
	return b.change(account, func(e *Entry, now time.Time) error {
		switch e.State {
		case call.Blocked:
			return ErrBlocked
		case call.Asking:
			e.enter(call.Confirmed, now)
			e.Owes = true
		case call.Stranger, call.Requested:
			e.enter(call.Requested, now)
			e.Made = now
		}
		if name = Name(name); name != "" {
			e.Name = name
		}
		return nil
	})
}

// Accept agrees to the request of an account.
func (b *Book) Accept(account identity.AccountID) (changed []identity.AccountID, err error) {
	return b.change(account, func(e *Entry, now time.Time) error {
		switch e.State {
		case call.Asking:
			e.enter(call.Confirmed, now)
			e.Owes = true
		case call.Confirmed:
		default:
			return ErrNoRequest
		}
		return nil
	})
}

// Decline forgets the request of an account. Only a newer one is heard, see Request.
func (b *Book) Decline(account identity.AccountID) (changed []identity.AccountID, err error) {
	return b.change(account, func(e *Entry, now time.Time) error {
		if e.State != call.Asking {
			return ErrNoRequest
		}
		e.dismiss(now)
		return nil
	})
}

// Block keeps an account from everything.
func (b *Book) Block(account identity.AccountID) (changed []identity.AccountID, err error) {
	return b.change(account, func(e *Entry, now time.Time) error {
		e.enter(call.Blocked, now)
		e.Owes = false
		return nil
	})
}

// Remove makes an account a stranger again.
func (b *Book) Remove(account identity.AccountID) (changed []identity.AccountID, err error) {
	return b.change(account, func(e *Entry, now time.Time) error {
		if e.State == call.Stranger {
			return ErrUnknown
		}
		e.dismiss(now)
		return nil
	})
}

// Sent notes that a request to an account reached the network, at the time the entry says it was made.
func (b *Book) Sent(account identity.AccountID) (changed []identity.AccountID, err error) {
	return b.change(account, func(e *Entry, now time.Time) error {
		if e.State == call.Requested {
			e.Asked = now
		}
		return nil
	})
}

// Settle notes that the request of an account was confirmed.
func (b *Book) Settle(account identity.AccountID) (changed []identity.AccountID, err error) {
	return b.change(account, func(e *Entry, _ time.Time) error {
		e.Owes = false
		return nil
	})
}

// dismiss makes an account a stranger whose request, if there was one, is dealt with.
func (e *Entry) dismiss(now time.Time) {
	*e = Entry{ID: e.ID, Heard: e.Heard, Theirs: e.Theirs}
	if !e.Heard.IsZero() {
		e.Since, e.Dismissed = now, now
	}
}
