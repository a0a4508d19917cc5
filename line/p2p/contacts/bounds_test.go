// SPDX-License-Identifier: GPL-3.0-or-later

package contacts

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/store"
)

func TestUnansweredRequestsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := store.Memory()
		b := open(t, kept)
		for i := range maxAsking + 5 {
			changed, err := b.Request(someone(i+1), Request{})
			if err != nil {
				t.Fatal(err)
			}
			want := []identity.AccountID{someone(i + 1)}
			if i >= maxAsking {
				want = []identity.AccountID{someone(i + 1 - maxAsking), someone(i + 1)}
			}
			if !slices.Equal(changed, want) {
				t.Fatalf("request %d changed %v, want %v", i+1, changed, want)
			}
			time.Sleep(time.Second)
		}
		for _, b := range []*Book{b, open(t, kept)} {
			if n := len(b.All()); n != maxAsking || b.Get(someone(5)).State != call.Stranger || b.Get(someone(6)).State != call.Asking {
				t.Errorf("%d ask", n)
			}
		}
	})
}

func TestDismissedStrangersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := store.Memory()
		b := open(t, kept)
		for i := range maxDismissed + 5 {
			changed, err := b.Request(someone(i+1), Request{})
			do(t, changed, err)
			changed, err = b.Decline(someone(i + 1))
			do(t, changed, err)
			time.Sleep(time.Second)
		}
		if b = open(t, kept); len(b.people) != maxDismissed || len(b.All()) != 0 {
			t.Errorf("%d are remembered, %d are shown", len(b.people), len(b.All()))
		}
		if !b.Get(someone(5)).isEmpty() || b.Get(someone(6)).isEmpty() {
			t.Error("it is not the longest dismissed who are forgotten")
		}
	})
}

func TestAFullBook(t *testing.T) {
	b := open(t, store.Memory())
	for i := range maxContacts {
		b.people[someone(i+1)] = Entry{ID: someone(i + 1), State: call.Confirmed}
	}
	late := someone(maxContacts + 1)
	for name, step := range map[string]func() ([]identity.AccountID, error){
		"add":     func() ([]identity.AccountID, error) { return b.Add(late, "") },
		"block":   func() ([]identity.AccountID, error) { return b.Block(late) },
		"request": func() ([]identity.AccountID, error) { return b.Request(late, Request{}) },
	} {
		if _, err := step(); !errors.Is(err, ErrFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
	changed, err := b.Block(someone(1))
	do(t, changed, err)
	changed, err = b.Remove(someone(2))
	do(t, changed, err)
	changed, err = b.Add(late, "")
	do(t, changed, err)
}

func TestFriends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, store.Memory())
		for i := range 5 {
			changed, err := b.Add(someone(i+1), "")
			do(t, changed, err)
			time.Sleep(time.Second)
		}
		changed, err := b.Request(someone(6), Request{})
		do(t, changed, err)
		changed, err = b.Confirm(someone(2))
		do(t, changed, err)
		var got []identity.AccountID
		for _, e := range b.Friends(3) {
			got = append(got, e.ID)
		}
		if want := []identity.AccountID{someone(2), someone(5), someone(4)}; !slices.Equal(got, want) {
			t.Errorf("friends %v, want %v", got, want)
		}
	})
}

func TestTextsAreRemembered(t *testing.T) {
	kept := store.Memory()
	b := open(t, kept)
	for id := range uint64(maxHeard + 1) {
		if b.Heard(someone(1), id) {
			t.Fatalf("text %d was heard before", id)
		}
		if err := b.Hear(someone(1), id); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range []*Book{b, open(t, kept)} {
		if b.Heard(someone(1), 0) || !b.Heard(someone(1), 1) || !b.Heard(someone(1), maxHeard) || b.Heard(someone(2), 1) {
			t.Error("it is not the last texts that are remembered")
		}
		if len(b.All()) != 0 {
			t.Error("texts became contacts")
		}
	}
}

func TestWhatCannotBeReadIsLeftOut(t *testing.T) {
	kept := store.Memory()
	b := open(t, kept)
	changed, err := b.Add(someone(1), "")
	do(t, changed, err)
	for key, raw := range map[string]string{"x": "{}", someone(2).String(): "{", someone(3).String(): `{"state":"odd"}`, heardKey: "short"} {
		if err := store.Put(kept, b.bucket, key, []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
	if all := open(t, kept).All(); len(all) != 1 || all[0].ID != someone(1) {
		t.Errorf("the book holds %v", all)
	}
}

// broken is a store whose disk is full.
type broken struct{ store.Store }

func (broken) Update(func(store.Tx) error) error { return errors.New("no space left on device") }

func TestWhatIsNotOnTheDiskDidNotHappen(t *testing.T) {
	b := open(t, broken{store.Memory()})
	if changed, err := b.Add(someone(1), ""); err == nil || changed != nil || b.Get(someone(1)).State != call.Stranger {
		t.Errorf("changed %v, %v, state %v", changed, err, b.Get(someone(1)).State)
	}
}
