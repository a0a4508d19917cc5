// SPDX-License-Identifier: GPL-3.0-or-later

package contacts

import (
	"errors"
	"slices"
	"testing"
	"time"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/store"
)

// archive is a List in memory.
type archive struct {
	list   identity.ContactList
	writes int
	fails  error
}

func (a *archive) Contacts() ([]identity.Contact, error) { return a.list.All(), a.fails }

func (a *archive) Keep(changes ...identity.Contact) error {
	if a.fails != nil {
		return a.fails
	}
	for _, c := range changes {
		a.writes++
		if err := a.list.Set(c); err != nil {
			return err
		}
	}
	return nil
}

// of returns how the list has somebody.
func (a *archive) of(id identity.AccountID) identity.Contact {
	all := a.list.All()
	if i := slices.IndexFunc(all, func(c identity.Contact) bool { return c.ID == id }); i >= 0 {
		return all[i]
	}
	return identity.Contact{}
}

func openWith(t testing.TB, kept store.Store, list List) *Book {
	t.Helper()
	b, err := Open(Config{Store: kept, Account: own, List: list})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTheListFillsTheBook: those the book does not have come as the archive says, and nobody changes.
func TestTheListFillsTheBook(t *testing.T) {
	kept := store.Memory()
	before := open(t, kept)
	for _, n := range []int{10, 11} {
		changed, err := before.Block(someone(n))
		do(t, changed, err)
	}
	changed, err := before.Request(someone(12), Request{})
	do(t, changed, err)
	then, ahead := time.Unix(1000, 0).UTC(), time.Now().AddDate(10, 0, 0)
	list := &archive{list: identity.ContactList{}}
	for n, c := range []identity.Contact{
		0:  {Added: then}, // the account itself
		1:  {Added: then, Confirmed: true, Conversation: "c"},
		2:  {Added: then},
		3:  {Removed: then, Banned: true},
		4:  {Added: ahead, Confirmed: true},
		10: {Added: then, Confirmed: true},
		12: {Added: then},
	} {
		c.ID = someone(n)
		if err := list.list.Set(c); err != nil {
			t.Fatal(err)
		}
	}
	list.list[someone(5).String()] = []byte(`{"added":1000,"removed":1001,"confirmed":true}`)
	b := openWith(t, kept, list)
	for n, want := range map[int]call.ContactState{
		0: call.Stranger, 1: call.Confirmed, 2: call.Requested, 3: call.Blocked, 4: call.Confirmed, 5: call.Stranger,
		10: call.Blocked, 11: call.Blocked, 12: call.Asking,
	} {
		if e := b.Get(someone(n)); e.State != want || e.Owes || e.Since.After(time.Now()) {
			t.Errorf("%d: %+v, want %v", n, e, want)
		}
	}
	if e := b.Get(someone(2)); !e.Made.Equal(then) || !e.Since.Equal(then) {
		t.Errorf("was asked %+v", e)
	}
	for n, want := range map[int]struct{ active, blocked bool }{1: {true, false}, 10: {false, true}, 11: {false, true}, 12: {false, false}} {
		if c := list.of(someone(n)); c.Active() != want.active || c.Blocked() != want.blocked {
			t.Errorf("the list has of %d %+v", n, c)
		}
	}
	if again := openWith(t, kept, list); !slices.Equal(again.All(), b.All()) {
		t.Errorf("%+v became %+v", b.All(), again.All())
	}
}

// TestTheListFollowsTheBook: each step of theirs and ours is in the list when it returns.
func TestTheListFollowsTheBook(t *testing.T) {
	kept, list := store.Memory(), &archive{list: identity.ContactList{}}
	b, them := openWith(t, kept, list), someone(1)
	steps := []struct {
		name string
		do   func() ([]identity.AccountID, error)
		want identity.Contact // without times
	}{
		{"add", func() ([]identity.AccountID, error) { return b.Add(them, "name") }, identity.Contact{}},
		{"confirm", func() ([]identity.AccountID, error) { return b.Confirm(them) }, identity.Contact{Confirmed: true}},
		{"block", func() ([]identity.AccountID, error) { return b.Block(them) }, identity.Contact{Banned: true}},
		{"remove", func() ([]identity.AccountID, error) { return b.Remove(them) }, identity.Contact{}},
		{"request", func() ([]identity.AccountID, error) { return b.Request(them, Request{Conversation: "c"}) }, identity.Contact{}},
		{"accept", func() ([]identity.AccountID, error) { return b.Accept(them) }, identity.Contact{Confirmed: true, Conversation: "c"}},
		{"remove again", func() ([]identity.AccountID, error) { return b.Remove(them) }, identity.Contact{}},
	}
	for _, step := range steps {
		changed, err := step.do()
		do(t, changed, err)
		got, state := list.of(them), b.Get(them)
		if got.Active() != state.Friend() || got.Blocked() != (state.State == call.Blocked) || got.Confirmed != step.want.Confirmed ||
			got.Conversation != step.want.Conversation {
			t.Errorf("%s: the list has %+v, the book %+v", step.name, got, state)
		}
	}
	writes := list.writes
	for n := range 5 { // anybody can ask: the list stays as it is
		changed, err := b.Request(someone(100+n), Request{})
		do(t, changed, err)
	}
	if list.writes != writes {
		t.Errorf("requests wrote the list %d times", list.writes-writes)
	}
	if b = openWith(t, kept, list); b.Get(them).State != call.Stranger {
		t.Errorf("who was removed came back as %v", b.Get(them).State)
	}
}

// TestTheBookWaitsForTheList: what the list could not take has not happened.
func TestTheBookWaitsForTheList(t *testing.T) {
	list, full := &archive{list: identity.ContactList{}}, errors.New("full")
	b := openWith(t, store.Memory(), list)
	list.fails = full
	if _, err := b.Add(someone(1), ""); !errors.Is(err, full) || len(b.All()) != 0 {
		t.Errorf("%v, %v", err, b.All())
	}
	if _, err := Open(Config{Store: store.Memory(), Account: own, List: list}); !errors.Is(err, full) {
		t.Errorf("opened: %v", err)
	}
}

// TestListOfTooMany takes as many as the book holds.
func TestListOfTooMany(t *testing.T) {
	list := &archive{list: identity.ContactList{}}
	for n := range maxContacts + 5 {
		list.list[someone(n+1).String()] = []byte(`{"added":1000}`)
	}
	if b := openWith(t, store.Memory(), list); len(b.All()) != maxContacts {
		t.Errorf("%d contacts", len(b.All()))
	}
}
