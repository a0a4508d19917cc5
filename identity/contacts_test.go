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
	contacts, err := archive.Contacts()
	want := identity.Contact{ID: parseID(t, "90d9b1e17c4667b635c8c4f32aafb244bf62595c"), Added: time.Unix(1795424019, 0).UTC()}
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
			"not an id": {}}`),
	}}
	contacts, err := archive.Contacts()
	if err != nil || len(contacts) != 3 {
		t.Fatalf("%+v, %v", contacts, err)
	}
	if contacts[0].Active() || !contacts[0].Banned || contacts[1].Active() || !contacts[2].Active() || !contacts[2].Confirmed {
		t.Errorf("%+v", contacts)
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
