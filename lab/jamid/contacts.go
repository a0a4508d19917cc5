// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamid

import (
	"testing"
	"time"
)

// SendRequest asks somebody to become a contact, with a text for them.
func (a *Account) SendRequest(t testing.TB, id, text string) {
	t.Helper()
	a.do(t, configuration, "sendTrustRequest", a.handle, id, []byte(text))
}

// Request is what somebody who wants to become a contact sent.
type Request struct {
	Conversation, Payload string
	At                    time.Time
}

// AwaitRequest waits for the request of an account that comes after the mark.
func (a *Account) AwaitRequest(t testing.TB, since Mark, limit time.Duration, from string) Request {
	t.Helper()
	e, err := a.events.await(int(since), limit, func(e Event) bool {
		return e.Name == "incomingTrustRequest" && e.text(0) == a.handle && e.text(2) == from
	})
	if err != nil {
		t.Fatalf("wait for a contact request: %v", err)
	}
	payload, _ := e.Args[3].([]byte)
	return Request{Conversation: e.text(1), Payload: string(payload), At: e.At}
}

// AcceptRequest makes a contact of somebody who asked.
func (a *Account) AcceptRequest(t testing.TB, from string) {
	t.Helper()
	a.do(t, configuration, "acceptTrustRequest", a.handle, from)
}

// DiscardRequest forgets a request; the sender is not told.
func (a *Account) DiscardRequest(t testing.TB, from string) {
	t.Helper()
	a.do(t, configuration, "discardTrustRequest", a.handle, from)
}

// Requests are the accounts that have asked and wait.
func (a *Account) Requests(t testing.TB) []string {
	t.Helper()
	var list []map[string]string
	a.ask(t, &list, configuration, "getTrustRequests", a.handle)
	var from []string
	for _, r := range list {
		from = append(from, r["from"])
	}
	return from
}

// AddContact adds an account to the contacts without asking it.
func (a *Account) AddContact(t testing.TB, id string) {
	t.Helper()
	a.do(t, configuration, "addContact", a.handle, id)
}

// Block bans an account.
func (a *Account) Block(t testing.TB, id string) {
	t.Helper()
	a.do(t, configuration, "removeContact", a.handle, id, true)
}

// RemoveContact takes an account out of the contacts.
func (a *Account) RemoveContact(t testing.TB, id string) {
	t.Helper()
	a.do(t, configuration, "removeContact", a.handle, id, false)
}

// Contact is what the daemon knows of one: empty when it is none.
func (a *Account) Contact(t testing.TB, id string) map[string]string {
	t.Helper()
	details := map[string]string{}
	a.ask(t, &details, configuration, "getContactDetails", a.handle, id)
	return details
}

// AwaitContact waits until an account is a contact, confirmed by itself or not.
func (a *Account) AwaitContact(t testing.TB, since Mark, limit time.Duration, id string, confirmed bool) {
	t.Helper()
	_, err := a.events.await(int(since), limit, func(e Event) bool {
		if e.Name != "contactAdded" || e.text(0) != a.handle || e.text(1) != id || len(e.Args) < 3 {
			return false
		}
		is, _ := e.Args[2].(bool)
		return is == confirmed
	})
	if err != nil {
		t.Fatalf("wait for a contact: %v", err)
	}
}

// Watch asks to be told when an account comes and goes.
func (a *Account) Watch(t testing.TB, id string) {
	t.Helper()
	a.do(t, presence, "subscribeBuddy", a.handle, id, true)
}

// AwaitOnline waits until the daemon tells that an account which is watched is there. That one went is
// told only when its announcement in the DHT has expired.
func (a *Account) AwaitOnline(t testing.TB, since Mark, limit time.Duration, id string) time.Time {
	t.Helper()
	e, err := a.events.await(int(since), limit, func(e Event) bool {
		if e.Name != "newBuddyNotification" || e.text(0) != a.handle || e.text(1) != id || len(e.Args) < 3 {
			return false
		}
		online, _ := e.Args[2].(bool)
		return online
	})
	if err != nil {
		t.Fatalf("wait for the presence of a contact: %v", err)
	}
	return e.At
}
