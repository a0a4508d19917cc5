// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"bellwire/identity"
	"bellwire/internal/testid"
)

// TestSealedRecordedArchive reads an archive with a password and a contact, as the real daemon exported
// it.
func TestSealedRecordedArchive(t *testing.T) {
	data := recorded(t, "jami/sealed-archive")
	if !identity.IsSealed(data) {
		t.Error("it is not seen as sealed")
	}
	archive, err := identity.ReadArchive(data, "sesame")
	if err != nil || archive.Account.ID().String() != "af1f77df76b1e64dd7abead9d1714fa84d88bfcc" {
		t.Fatalf("%v, %v", archive, err)
	}
	list, err := archive.Contacts()
	contacts := list.All()
	want := identity.Contact{
		ID: parseID(t, "90d9b1e17c4667b635c8c4f32aafb244bf62595c"), Added: time.Unix(1795424019, 0).UTC(),
		Conversation: "8778156212641a07801a0c97749b326578358d47",
	}
	if err != nil || len(contacts) != 1 || contacts[0] != want || !contacts[0].Active() {
		t.Errorf("contacts %+v, %v", contacts, err)
	}
	if len(archive.Other) < 40 {
		t.Errorf("%d settings were kept", len(archive.Other))
	}
}

func TestContacts(t *testing.T) {
	archive := &identity.Archive{Account: testid.Account(t, "alice"), Other: map[string]json.RawMessage{
		"ringAccountContacts": json.RawMessage(`{
			"FFD9B1E17C4667B635C8C4F32AAFB244BF62595C": {"added": 10, "confirmed": true},
			"90d9b1e17c4667b635c8c4f32aafb244bf62595c": {"added": 10, "removed": 20},
			"80d9b1e17c4667b635c8c4f32aafb244bf62595c": {"added": 10, "removed": 5, "banned": true, "new": [1]},
			"70d9b1e17c4667b635c8c4f32aafb244bf62595c": {"added": 10, "removed": 10, "banned": true},
			"60d9b1e17c4667b635c8c4f32aafb244bf62595c": {"added": "ten"},
			"not an id": {}}`),
	}}
	list, err := archive.Contacts()
	contacts := list.All()
	if err != nil || len(contacts) != 4 {
		t.Fatalf("%+v, %v", contacts, err)
	}
	for i, want := range []struct{ active, blocked, confirmed bool }{
		{false, true, false}, {true, false, false}, {false, false, false}, {true, false, true},
	} {
		c := contacts[i]
		if c.Active() != want.active || c.Blocked() != want.blocked || c.Confirmed != want.confirmed {
			t.Errorf("%+v, want %+v", c, want)
		}
	}
	archive.Other["ringAccountContacts"] = json.RawMessage(`[1]`)
	if _, err := archive.Contacts(); !errors.Is(err, identity.ErrArchive) {
		t.Errorf("a list: %v", err)
	}
	delete(archive.Other, "ringAccountContacts")
	if contacts, err := archive.Contacts(); err != nil || contacts != nil {
		t.Errorf("none: %v, %v", contacts, err)
	}
}

// TestContactListSet writes what the real daemon exported after the same.
func TestContactListSet(t *testing.T) {
	const id = "90d9b1e17c4667b635c8c4f32aafb244bf62595c"
	who := parseID(t, id)
	at := func(second int64) time.Time { return time.Unix(second, 999).UTC() }
	for _, c := range []struct {
		name, before string
		change       identity.Contact
		want         string
	}{
		{"added", "", identity.Contact{Added: at(30)}, `{"added":30,"conversationId":""}`},
		{"confirmed", `{"added":10,"conversationId":"c","future":[1]}`, identity.Contact{Added: at(30), Confirmed: true},
			`{"added":10,"confirmed":true,"conversationId":"c","future":[1]}`},
		{"in a newer conversation", `{"added":10,"conversationId":"c"}`, identity.Contact{Added: at(30), Conversation: "d"},
			`{"added":10,"conversationId":"d"}`},
		{"added in the second of the removal", `{"added":10,"removed":30}`, identity.Contact{Added: at(30)},
			`{"added":31,"conversationId":"","removed":30}`},
		{"freed and added", `{"added":0,"banned":true,"removed":20}`, identity.Contact{Added: at(30)},
			`{"added":30,"conversationId":"","removed":20}`},
		{"blocked", `{"added":10,"confirmed":true,"conversationId":"c"}`, identity.Contact{Removed: at(30), Banned: true},
			`{"added":10,"banned":true,"conversationId":"c","removed":30}`},
		{"a stranger blocked", "", identity.Contact{Removed: at(30), Banned: true},
			`{"added":0,"banned":true,"conversationId":"","removed":30}`},
		{"blocked before", `{"added":10,"banned":true,"removed":20}`, identity.Contact{Removed: at(30), Banned: true},
			`{"added":10,"banned":true,"conversationId":"","removed":20}`},
		{"removed", `{"added":10,"confirmed":true,"conversationId":"c"}`, identity.Contact{Removed: at(30)},
			`{"added":10,"conversationId":"","removed":30}`},
		{"freed", `{"added":0,"banned":true,"removed":20}`, identity.Contact{Removed: at(30)}, `{"added":0,"conversationId":"","removed":30}`},
		{"removed by a slow clock", `{"added":40}`, identity.Contact{Removed: at(30)}, `{"added":40,"conversationId":"","removed":40}`},
		{"removed before", `{"added":10,"conversationId":"","removed":20}`, identity.Contact{Removed: at(30)},
			`{"added":10,"conversationId":"","removed":20}`},
		{"never listed", "", identity.Contact{Removed: at(30)}, ""},
		{"nonsense", `"?"`, identity.Contact{Added: at(30)}, `{"added":30,"conversationId":""}`},
	} {
		list := identity.ContactList{}
		if c.before != "" {
			list[id] = json.RawMessage(c.before)
		}
		c.change.ID = who
		if err := list.Set(c.change); err != nil || string(list[id]) != c.want {
			t.Errorf("%s: %s, want %s: %v", c.name, list[id], c.want, err)
		}
	}
}

func TestDisplayName(t *testing.T) {
	archive := &identity.Archive{Account: testid.Account(t, "alice")}
	if archive.DisplayName() != "" {
		t.Error("a name nobody gave")
	}
	if err := archive.SetDisplayName("Zoë"); err != nil || archive.DisplayName() != "Zoë" {
		t.Errorf("%q, %v", archive.DisplayName(), err)
	}
	archive.Other["Account.displayName"] = json.RawMessage("17")
	if archive.DisplayName() != "" {
		t.Errorf("a number as name: %q", archive.DisplayName())
	}
}

func parseID(t testing.TB, text string) identity.AccountID {
	t.Helper()
	return must[identity.AccountID](t)(identity.ParseAccountID(text))
}
