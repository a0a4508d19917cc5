// SPDX-License-Identifier: GPL-3.0-or-later

package phone_test

import (
	"testing"
	"testing/synctest"

	"bellwire/call"
	"bellwire/phone"
	"bellwire/store"
)

func TestContactsAreChangedAndToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, line := newDeskWithPeople(t, store.Memory())
		told := func(want phone.Event) {
			t.Helper()
			e := d.next()
			if e.Event != phone.ContactEvent || e.Account != "a" || e.Peer != want.Peer || e.Name != want.Name ||
				e.Contact != want.Contact || e.Was != want.Was || e.Presence != want.Presence {
				t.Errorf("told %+v, want %+v", e, want)
			}
		}
		ctx := t.Context()
		if c, err := d.phone.AddContact(ctx, "", "bob", "Bob"); err != nil || c.State != call.Requested || c.Name != "Bob" {
			t.Errorf("%+v, %v", c, err)
		}
		told(phone.Event{Peer: "bob", Name: "Bob", Contact: "requested", Was: "stranger", Presence: "offline"})
		line.is(call.Contact{ID: "bob", Name: "Bob", State: call.Requested, Presence: call.Online})
		told(phone.Event{Peer: "bob", Name: "Bob", Contact: "requested", Presence: "online"})
		line.is(call.Contact{ID: "bob", State: call.Confirmed, Presence: call.Online})
		told(phone.Event{Peer: "bob", Contact: "confirmed", Was: "requested", Presence: "online"})
		line.is(call.Contact{ID: "carol", Name: "Carol", State: call.Asking})
		told(phone.Event{Peer: "carol", Name: "Carol", Contact: "asking", Was: "stranger", Presence: "offline"})
		if c, err := d.phone.AcceptContact(ctx, "a", "carol"); err != nil || c.State != call.Confirmed {
			t.Errorf("%+v, %v", c, err)
		}
		told(phone.Event{Peer: "carol", Contact: "confirmed", Was: "asking", Presence: "offline"})
		if _, err := d.phone.AcceptContact(ctx, "", "dave"); call.ReasonOf(err) != call.NotFound {
			t.Errorf("accepting who did not ask: %v", err)
		}
		if c, err := d.phone.BlockContact(ctx, "", "carol"); err != nil || c.State != call.Blocked {
			t.Errorf("%+v, %v", c, err)
		}
		told(phone.Event{Peer: "carol", Contact: "blocked", Was: "confirmed", Presence: "offline"})
		if c, err := d.phone.RemoveContact(ctx, "", "carol"); err != nil || c.State != call.Stranger || c.ID != "carol" {
			t.Errorf("%+v, %v", c, err)
		}
		told(phone.Event{Peer: "carol", Contact: "stranger", Was: "blocked", Presence: "offline"})
		if all, err := d.phone.Contacts(""); err != nil || len(all) != 1 || all[0].ID != "bob" {
			t.Errorf("%+v, %v", all, err)
		}
		if _, err := d.phone.Contacts("nobody"); err == nil {
			t.Error("an account that is not here has contacts")
		}
	})
}

func TestALineWithoutABookHasNoContacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		if _, err := d.phone.Contacts(""); err == nil {
			t.Error("it has")
		}
		if _, err := d.phone.SendText("", "b", "hello"); err == nil {
			t.Error("it carries texts")
		}
	})
}

// TestStrangersCannotKeepContactsOut lets one stranger call as often as it likes, then lets the same
// account call as a contact.
func TestStrangersCannotKeepContactsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, line := newDeskWithPeople(t, store.Memory())
		refused := make(chan error, phone.MaxOfStranger+2)
		ring := func() {
			go func() {
				_, err := d.far.Dial(t.Context(), "a", call.Setup{})
				refused <- err
			}()
			synctest.Wait()
		}
		for range phone.MaxOfStranger {
			ring()
		}
		if n := len(d.phone.Calls()); n != phone.MaxOfStranger {
			t.Fatalf("%d calls ring", n)
		}
		ring()
		if err := <-refused; call.ReasonOf(err) != call.Busy {
			t.Errorf("one too many is told %v", err)
		}
		line.is(call.Contact{ID: d.far.Name, State: call.Confirmed})
		ring()
		if n := len(d.phone.Calls()); n != phone.MaxOfStranger+1 {
			t.Errorf("%d calls ring", n)
		}
	})
}
