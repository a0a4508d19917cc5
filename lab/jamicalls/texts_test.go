// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"context"
	"os"
	"testing"
	"time"

	"bellwire/call"
	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/lab/bell"
	"bellwire/lab/jamid"
	"bellwire/phone"
	"bellwire/web"
)

// soon is how long it may take to learn that a contact has come.
const soon = 2 * time.Second

// TestTextsAndPresenceWithJami has texts go both ways, at once and when the other comes back, and each
// learn that the other has come.
func TestTextsAndPresenceWithJami(t *testing.T) {
	peer.NeedRoot(t)
	leak.Check(t)
	place := NewPlace(t, IPv4, 2)
	p := &pair{bell: &Bellwire{Home: place.EmptyBell(t, 0)}, jami: place.NewJami(t, 1, 0)}
	p.bell.ID = p.bell.NewAccount(t)
	p.jami.Watch(t, p.bell.ID)
	atJami := p.jami.Now()
	p.bell.Up(t)
	ready := time.Now()
	if seen := p.jami.AwaitOnline(t, atJami, limit, p.bell.ID); seen.Sub(ready) > soon {
		t.Errorf("Jami learns that Bellwire is there after %v", seen.Sub(ready))
	}

	atBell := p.bell.Now()
	p.bell.add(t, p.jami.ID)
	p.jami.AwaitRequest(t, atJami, limit, p.bell.ID)
	p.jami.AcceptRequest(t, p.bell.ID)
	p.bell.awaitContact(t, atBell, p.jami.ID, call.Confirmed)

	since, sent := p.jami.Now(), p.bell.text(t, p.jami.ID, "hello, Jami")
	wantText(t, p.jami, since, p.bell.ID, "hello, Jami")
	p.bell.awaitText(t, sent, phone.TextDelivered)

	atBell = p.bell.Now()
	text := p.jami.Send(t, p.bell.ID, "hello, Bellwire \U0001F514")
	p.bell.awaitIncoming(t, atBell, p.jami.ID, "hello, Bellwire \U0001F514")
	text.Await(t, limit, jamid.Sent)

	jamiComesBack(t, p)
	bellwireComesBack(t, p)
}

func jamiComesBack(t *testing.T, p *pair) {
	t.Helper()
	atBell := p.bell.Now()
	p.jami.Kill()
	p.bell.awaitPresence(t, atBell, p.jami.ID, call.Offline)
	sent := p.bell.text(t, p.jami.ID, "while you were out")
	atBell = p.bell.Now()
	p.jami.Restart(t)
	p.jami.AwaitRegistered(t)
	back := time.Now()
	if seen := p.bell.awaitPresence(t, atBell, p.jami.ID, call.Online); seen.Received.Sub(back) > soon {
		t.Errorf("Bellwire learns that Jami is back after %v", seen.Received.Sub(back))
	}
	wantText(t, p.jami, 0, p.bell.ID, "while you were out")
	p.bell.awaitText(t, sent, phone.TextDelivered)
}

// bellwireComesBack leaves presence out: to Jami, who left stays until its announcement expires.
func bellwireComesBack(t *testing.T, p *pair) {
	t.Helper()
	p.jami.Watch(t, p.bell.ID)
	p.jami.AwaitOnline(t, 0, limit, p.bell.ID)
	p.bell.Engine.Signal(os.Interrupt)
	p.bell.Engine.ExitCode(t, limit)
	text := p.jami.Send(t, p.bell.ID, "while you were away")
	p.bell.Up(t)
	p.bell.awaitIncoming(t, 0, p.jami.ID, "while you were away")
	text.Await(t, limit, jamid.Sent)
}

// wantText waits for a text at Jami and checks that it comes once.
func wantText(t *testing.T, at *jamid.Account, since jamid.Mark, from, text string) {
	t.Helper()
	if got := at.AwaitText(t, since, limit, text); got.From != from {
		t.Errorf("the text came from %q, want %s", got.From, from)
	}
	if all := at.Texts(since); len(all) != 1 {
		t.Errorf("texts at Jami: %v", all)
	}
}

// sentText is a text of Bellwire's.
type sentText struct {
	id    string
	since int
}

func (b *Bellwire) text(t *testing.T, to, text string) sentText {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	since := b.Now()
	id, err := b.Client.Text(ctx, web.Text{Account: b.ID, Target: to, Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return sentText{id, since}
}

func (b *Bellwire) awaitText(t *testing.T, sent sentText, state string) {
	t.Helper()
	_, _, err := b.Engine.Await(sent.since, limit, func(e bell.Event) bool {
		return e.Event == phone.TextEvent && e.Message == sent.id && e.State == state
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (b *Bellwire) awaitIncoming(t *testing.T, since int, from, text string) {
	t.Helper()
	e, _, err := b.Engine.Await(since, limit, func(e bell.Event) bool {
		return e.Event == phone.TextEvent && e.Direction == phone.In && e.Text == text
	})
	if err != nil {
		t.Fatal(err)
	}
	if e.Peer != from {
		t.Errorf("the text came from %q, want %s", e.Peer, from)
	}
}

func (b *Bellwire) awaitPresence(t *testing.T, since int, id string, want call.Presence) bell.Event {
	t.Helper()
	e, _, err := b.Engine.Await(since, limit, func(e bell.Event) bool {
		return e.Event == phone.ContactEvent && e.Peer == id && e.Presence == want.String()
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
