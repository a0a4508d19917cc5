// SPDX-License-Identifier: GPL-3.0-or-later

package contacts

import (
	"fmt"
	"time"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/store"
)

// List is the contact list that an account takes along in its archive. It is written before the book is,
// so that when the two differ after a crash the book is right about those it has, and the list about the
// others.
type List interface {
	Contacts() ([]identity.Contact, error)
	// Keep makes the list say how some accounts stand now.
	Keep(...identity.Contact) error
}

// meetList takes those from the list whom the book does not have, and tells it of all others.
func (b *Book) meetList() error {
	if b.cfg.List == nil {
		return nil
	}
	listed, err := b.cfg.List.Contacts()
	if err != nil {
		return err
	}
	now := time.Now().UTC().Round(0)
	if err := b.adopt(listed, now); err != nil {
		return fmt.Errorf("write the contacts of the archive: %w", err)
	}
	var known []identity.Contact
	for _, e := range b.All() {
		known = append(known, e.listed(now))
	}
	return b.cfg.List.Keep(known...)
}

// adopt puts those into the book whom it does not have, as many as it may hold.
func (b *Book) adopt(listed []identity.Contact, now time.Time) error {
	room := maxContacts - len(b.All())
	var fresh []Entry
	for _, c := range listed {
		e := b.get(c.ID)
		if e.State != call.Stranger || c.ID == b.cfg.Account || !e.adopt(c, now) {
			continue
		}
		if len(fresh) >= room {
			b.cfg.Log.Warn("the archive has more contacts than the book may hold; the rest is left out", "most", maxContacts)
			break
		}
		fresh = append(fresh, e)
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := b.cfg.Store.Update(func(tx store.Tx) error {
		for _, e := range fresh {
			if err := b.put(tx, e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, e := range fresh {
		b.people[e.ID] = e
	}
	return nil
}

// adopt makes a stranger what a list says of them, and reports whether that is anything.
func (e *Entry) adopt(c identity.Contact, now time.Time) bool {
	switch {
	case c.Active() && c.Confirmed:
		e.enter(call.Confirmed, past(c.Added, now))
	case c.Active():
		e.enter(call.Requested, past(c.Added, now))
		e.Made = e.Since
	case c.Blocked():
		e.enter(call.Blocked, past(c.Removed, now))
	default:
		return false
	}
	return true
}

// past returns a time that a clock elsewhere gave, unless that is fast or gave none.
func past(moment, now time.Time) time.Time {
	if moment.IsZero() || moment.After(now) {
		return now
	}
	return moment
}

// listed returns the entry as the list is to have it.
func (e Entry) listed(now time.Time) identity.Contact {
	switch {
	case e.Friend():
		added := e.Since
		if !e.Made.IsZero() {
			added = e.Made
		}
		return identity.Contact{ID: e.ID, Added: added, Confirmed: e.State == call.Confirmed, Conversation: e.Conversation}
	case e.State == call.Blocked:
		return identity.Contact{ID: e.ID, Removed: e.Since, Banned: true}
	}
	return identity.Contact{ID: e.ID, Removed: now}
}
