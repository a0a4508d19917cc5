// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"context"
	"errors"
	"strings"
	"time"

	"bellwire/call"
)

// errNoContacts means that the line of an account knows nobody.
var errNoContacts = errors.New("this account keeps no contacts")

// Contacts returns everybody an account knows, blocked people included. Here and below the first
// account is meant when account is empty.
func (p *Phone) Contacts(account string) ([]call.Contact, error) {
	people, err := p.directory(account)
	if err != nil {
		return nil, err
	}
	return people.Contacts(), nil
}

// AddContact asks somebody to become a contact, or accepts who has asked already, and returns where
// the two stand then. The name is what we call them; empty leaves it to them.
func (p *Phone) AddContact(ctx context.Context, account, target, name string) (call.Contact, error) {
	return p.change(account, target, func(people call.Directory) error { return people.AddContact(ctx, target, name) })
}

// AcceptContact confirms a request that arrived.
func (p *Phone) AcceptContact(ctx context.Context, account, target string) (call.Contact, error) {
	return p.change(account, target, func(people call.Directory) error { return people.AcceptContact(ctx, target) })
}

// DeclineContact forgets a request that arrived; the other is not told.
func (p *Phone) DeclineContact(ctx context.Context, account, target string) (call.Contact, error) {
	return p.change(account, target, func(people call.Directory) error { return people.DeclineContact(ctx, target) })
}

// BlockContact makes somebody unable to ring, to write and to ask.
func (p *Phone) BlockContact(ctx context.Context, account, target string) (call.Contact, error) {
	return p.change(account, target, func(people call.Directory) error { return people.BlockContact(ctx, target) })
}

// RemoveContact takes somebody out of the book; who was blocked is free again.
func (p *Phone) RemoveContact(ctx context.Context, account, target string) (call.Contact, error) {
	return p.change(account, target, func(people call.Directory) error { return people.RemoveContact(ctx, target) })
}

func (p *Phone) change(account, target string, do func(call.Directory) error) (call.Contact, error) {
	people, err := p.directory(account)
	if err != nil {
		return call.Contact{}, err
	}
	if err := do(people); err != nil {
		return call.Contact{}, err
	}
	return stateOf(people, target), nil
}

func (p *Phone) directory(account string) (call.Directory, error) {
	line, err := p.line(account)
	if err != nil {
		return nil, err
	}
	people, ok := line.(call.Directory)
	if !ok {
		return nil, errNoContacts
	}
	return people, nil
}

// stateOf returns an account as it stands in the book, or as a stranger.
func stateOf(people call.Directory, id string) call.Contact {
	for _, c := range people.Contacts() {
		if strings.EqualFold(c.ID, id) {
			return c
		}
	}
	return call.Contact{ID: id}
}

// snapshot returns the book by id.
func snapshot(people call.Directory) map[string]call.Contact {
	known := map[string]call.Contact{}
	for _, c := range people.Contacts() {
		known[c.ID] = c
	}
	return known
}

// watch tells of changes around the contacts of one line, and sends what waits for whoever comes
// online. known is what was told of each before; strangers who are offline are not kept in it.
func (p *Phone) watch(line call.Line, people call.Directory, known map[string]call.Contact) {
	for {
		select {
		case <-p.ctx.Done():
			return
		case c, more := <-people.ContactChanges():
			if !more {
				return
			}
			before := known[c.ID]
			if c.State == call.Stranger && c.Presence == call.Offline {
				delete(known, c.ID)
			} else {
				known[c.ID] = c
			}
			if c.Presence > before.Presence {
				p.outbox.poke(line.ID(), c.ID)
			}
			e := Event{
				Event: ContactEvent, Time: time.Now(), Account: line.ID(), Peer: c.ID, Name: c.Name,
				Contact: c.State.String(), Presence: c.Presence.String(),
			}
			if c.State != before.State {
				e.Was = before.State.String()
			}
			p.events.publish(e)
		}
	}
}
