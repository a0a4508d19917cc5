// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/line/p2p/contacts"
	"bellwire/link"
	"bellwire/store"
)

// acquaintances is what a line knows of others, and what works on that.
type acquaintances struct {
	book     *contacts.Book
	feed     *feed
	presence *presence
	courier  *courier
	channels channels
	unserved once

	hearing sync.Mutex // held while it is decided whether a text is new
}

// acquaint begins to watch contacts and the inbox.
func (l *Line) acquaint(book *contacts.Book) (err error) {
	if book == nil {
		if book, err = contacts.Open(contacts.Config{Store: store.Memory(), Account: l.account}); err != nil {
			return err
		}
	}
	l.acquaintances = acquaintances{
		book: book, feed: newFeed(), presence: newPresence(l), courier: newCourier(l),
		channels: channels{open: map[link.Link][]*channel{}},
	}
	known := l.Contacts()
	inbox := newInbox(l)
	l.running.Go(func() { l.feed.run(l.ctx, known, l.contact) })
	l.running.Go(l.courier.run)
	l.running.Go(inbox.listen)
	l.running.Go(inbox.run)
	l.presence.adjust()
	return nil
}

// Contacts returns everybody in the book, in the order of their ids.
func (l *Line) Contacts() []call.Contact {
	linked := l.linked()
	var all []call.Contact
	for _, e := range l.book.All() {
		c := e.Contact()
		if c.Presence = l.presence.announced(e.ID); linked[e.ID] {
			c.Presence = call.Connected
		}
		all = append(all, c)
	}
	return all
}

// contact returns how an account stands now.
func (l *Line) contact(id identity.AccountID) call.Contact {
	c := l.book.Get(id).Contact()
	c.Presence = l.presence.of(id)
	return c
}

// ContactChanges returns each contact or followed account that changed. It is closed with the line.
func (l *Line) ContactChanges() <-chan call.Contact { return l.feed.out }

// Follow reports the presence of an account, first as it is now, until stop is called.
func (l *Line) Follow(target string) (stop func(), err error) {
	id, err := l.person(target)
	if err != nil {
		return nil, err
	}
	return l.presence.follow(id)
}

// AddContact asks an account to become a contact, or accepts its request. An account that was asked
// before is asked anew.
func (l *Line) AddContact(_ context.Context, target, name string) error {
	return l.decide(target, func(id identity.AccountID) ([]identity.AccountID, error) { return l.book.Add(id, name) })
}

// AcceptContact confirms the request of an account.
func (l *Line) AcceptContact(_ context.Context, target string) error {
	return l.decide(target, l.book.Accept)
}

// DeclineContact forgets the request of an account.
func (l *Line) DeclineContact(_ context.Context, target string) error {
	return l.decide(target, l.book.Decline)
}

// RemoveContact takes an account out of the book.
func (l *Line) RemoveContact(_ context.Context, target string) error {
	return l.decide(target, l.book.Remove)
}

// BlockContact refuses an account everything, and closes the links to it.
func (l *Line) BlockContact(_ context.Context, target string) error {
	return l.decide(target, l.book.Block)
}

// decide changes the book and does what follows from it.
func (l *Line) decide(target string, change func(identity.AccountID) ([]identity.AccountID, error)) error {
	id, err := l.person(target)
	if err != nil {
		return err
	}
	changed, err := change(id)
	switch {
	case errors.Is(err, contacts.ErrUnknown), errors.Is(err, contacts.ErrNoRequest):
		return &call.Error{Reason: call.NotFound, Err: fmt.Errorf("%s: %w", id, err)}
	case err != nil:
		return fmt.Errorf("%s: %w", id, err)
	}
	l.changed(changed...)
	e := l.book.Get(id)
	switch {
	case e.Friend():
		l.courier.visit(id)
	case e.State == call.Blocked:
		l.closeLinks(id)
	}
	return nil
}

// person reads the id of another account.
func (l *Line) person(target string) (identity.AccountID, error) {
	id, err := identity.ParseAccountID(target)
	if err != nil {
		return id, &call.Error{Reason: call.NotFound, Err: err}
	}
	return id, nil
}

// changed does what follows from entries of the book that are another now.
func (l *Line) changed(ids ...identity.AccountID) {
	if len(ids) == 0 {
		return
	}
	l.presence.adjust()
	l.feed.note(ids...)
	for _, id := range ids {
		if l.book.Get(id).State == call.Confirmed {
			l.greet(id)
		}
	}
}

// linksTo returns the live links to an account.
func (l *Line) linksTo(id identity.AccountID) (links []link.Link) {
	for _, connection := range l.cfg.Links.Links() {
		if connection.Peer().Account == id && connection.Err() == nil {
			links = append(links, connection)
		}
	}
	return links
}

// closeLinks ends all links to an account.
func (l *Line) closeLinks(id identity.AccountID) {
	for _, connection := range l.linksTo(id) {
		l.spawn(func() { connection.Close() })
	}
}
