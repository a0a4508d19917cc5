// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"context"
	"strings"
	"testing"
	"time"

	"bellwire/call"
	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/lab/bell"
	"bellwire/lab/jamid"
	"bellwire/web"
)

// card is what Jami sends with a request.
const card = "BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Jami Person\r\nEND:VCARD"

// TestContactsWithJami has each ask the other, be forgotten, be accepted, and be blocked.
func TestContactsWithJami(t *testing.T) {
	peer.NeedRoot(t)
	leak.Check(t)
	place := NewPlace(t, IPv4, 2)
	p := &pair{bell: place.NewBellwire(t, 0), jami: place.NewJami(t, 1, 0)}

	blocking := p.jami.NewAccount(t, place.JamiAccount())
	blocking.Block(t, p.bell.ID)
	unheard := p.bell.Start(t, "call", blocking.ID) // it takes a while to give up; meanwhile:

	t.Run("Jami asks and is forgotten", func(t *testing.T) { jamiIsForgotten(t, p) })
	t.Run("Bellwire blocks", func(t *testing.T) { bellwireBlocks(t, p) })
	p.jami = p.jami.NewAccount(t, place.JamiAccount())
	t.Run("Bellwire asks", func(t *testing.T) { bellwireAsks(t, p) })
	p.jami = p.jami.NewAccount(t, place.JamiAccount())
	t.Run("Jami asks", func(t *testing.T) { jamiAsks(t, p) })

	if code := unheard.ExitCode(t, time.Minute); code != 4 || !strings.Contains(unheard.Output(), "contact add "+blocking.ID) {
		t.Errorf("a call to somebody who blocked Bellwire ended with exit code %d:\n%s", code, unheard.Output())
	}
}

func jamiAsks(t *testing.T, p *pair) {
	atBell, atJami := p.bell.Now(), p.jami.Now()
	p.jami.SendRequest(t, p.bell.ID, card)
	p.bell.awaitContact(t, atBell, p.jami.ID, call.Asking)
	if c := p.bell.contact(t, p.jami.ID); c.Name != "Jami Person" {
		t.Errorf("who asks calls themselves %q", c.Name)
	}
	if p.jami.Contact(t, p.bell.ID)["confirmed"] == "true" {
		t.Error("Jami takes Bellwire for a contact that said nothing yet")
	}
	p.bell.change(t, p.jami.ID, "accept")
	p.jami.AwaitContact(t, atJami, limit, p.bell.ID, true)
	if c := p.bell.contact(t, p.jami.ID); c.State != call.Confirmed {
		t.Errorf("who was accepted is %v", c.State)
	}
}

// jamiIsForgotten declines a request; the one who asked becomes a contact when Bellwire asks in turn.
func jamiIsForgotten(t *testing.T, p *pair) {
	atBell, atJami := p.bell.Now(), p.jami.Now()
	p.jami.SendRequest(t, p.bell.ID, card)
	p.bell.awaitContact(t, atBell, p.jami.ID, call.Asking)
	p.bell.change(t, p.jami.ID, "decline")
	if c := p.bell.contact(t, p.jami.ID); c.State != call.Stranger {
		t.Errorf("whose request was forgotten is %v", c.State)
	}
	p.bell.add(t, p.jami.ID)
	p.jami.AwaitContact(t, atJami, limit, p.bell.ID, true)
	p.bell.awaitContact(t, atBell, p.jami.ID, call.Confirmed)
}

// bellwireAsks has Jami forget the first request, which Bellwire is not told, and accept the second.
func bellwireAsks(t *testing.T, p *pair) {
	atBell, atJami := p.bell.Now(), p.jami.Now()
	p.bell.add(t, p.jami.ID)
	p.jami.AwaitRequest(t, atJami, limit, p.bell.ID)
	p.jami.DiscardRequest(t, p.bell.ID)
	if c := p.bell.contact(t, p.jami.ID); c.State != call.Requested {
		t.Errorf("who was asked and said nothing is %v", c.State)
	}

	p.bell.change(t, p.jami.ID, "remove")
	atJami = p.jami.Now()
	p.bell.add(t, p.jami.ID)
	p.jami.AwaitRequest(t, atJami, limit, p.bell.ID)
	p.jami.AcceptRequest(t, p.bell.ID)
	p.bell.awaitContact(t, atBell, p.jami.ID, call.Confirmed)
	p.jami.AwaitContact(t, atJami, limit, p.bell.ID, true)
}

// bellwireBlocks has Jami call in vain, and be heard again when it is blocked no more.
func bellwireBlocks(t *testing.T, p *pair) {
	p.bell.change(t, p.jami.ID, "block")
	since := p.bell.Now()
	out := p.jami.Call(t, p.bell.ID)
	out.Await(t, limit, jamid.Over)
	wantStates(t, out, jamid.Failure, jamid.Over)
	for _, l := range p.bell.Engine.Lines(since) {
		if e, ok := bell.ParseEvent(l); ok && e.Event == "call" {
			t.Errorf("of a blocked caller Bellwire tells %s", l.Text)
		}
	}

	p.bell.change(t, p.jami.ID, "remove")
	since = p.bell.Now()
	out = p.jami.Call(t, p.bell.ID)
	p.bell.Incoming(t, since)
	out.HangUp(t)
}

// contact is where Bellwire stands with an account.
func (b *Bellwire) contact(t *testing.T, id string) call.Contact {
	t.Helper()
	all, err := b.Client.Contacts(t.Context(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.ID == id {
			return c
		}
	}
	return call.Contact{ID: id}
}

func (b *Bellwire) awaitContact(t *testing.T, since int, id string, state call.ContactState) bell.Event {
	t.Helper()
	e, _, err := b.Engine.Await(since, limit, func(e bell.Event) bool {
		return e.Event == "contact" && e.Peer == id && e.Contact == state.String()
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (b *Bellwire) add(t *testing.T, id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if _, err := b.Client.AddContact(ctx, web.AddContact{Account: b.ID, Target: id}); err != nil {
		t.Fatal(err)
	}
}

// change does accept, decline, block or remove with an account.
func (b *Bellwire) change(t *testing.T, id, what string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if _, err := b.Client.ChangeContact(ctx, b.ID, id, what); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
