// SPDX-License-Identifier: GPL-3.0-or-later

package keyring

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"bellwire/identity"
	"bellwire/internal/testid"
)

const friend, banned = "90d9b1e17c4667b635c8c4f32aafb244bf62595c", "80d9b1e17c4667b635c8c4f32aafb244bf62595c"

func accountID(t testing.TB, text string) identity.AccountID {
	t.Helper()
	id, err := identity.ParseAccountID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestContactsTravelWithTheArchive imports contacts, changes them without the password and exports them.
func TestContactsTravelWithTheArchive(t *testing.T) {
	for name, password := range map[string]string{"open": "", "sealed": "secret"} {
		t.Run(name, func(t *testing.T) {
			const conversations = `{"c":{"id":"c"}}`
			archive := &identity.Archive{Account: testid.Account(t, "alice"), Other: map[string]json.RawMessage{
				"ringAccountContacts": json.RawMessage(`{"` + friend + `":{"added":10,"conversationId":"c","future":1},"not an id":[2]}`),
				"conversations":       json.RawMessage(conversations),
			}}
			data, err := archive.Write(password)
			if err != nil {
				t.Fatal(err)
			}
			r := openRing(t, t.TempDir())
			entry, err := r.Import(context.Background(), data, Options{Password: password})
			if err != nil {
				t.Fatal(err)
			}
			list := r.Contacts(entry.ID)
			if all, err := list.Contacts(); err != nil || len(all) != 1 || all[0].ID != accountID(t, friend) || !all[0].Active() {
				t.Fatalf("imported %+v, %v", all, err)
			}
			if err := list.Keep(
				identity.Contact{ID: accountID(t, friend), Added: time.Unix(50, 0), Confirmed: true},
				identity.Contact{ID: accountID(t, banned), Removed: time.Unix(50, 0), Banned: true},
			); err != nil {
				t.Fatal(err)
			}
			if data, err = r.Export(entry.ID, password); err != nil || identity.IsSealed(data) != (password != "") {
				t.Fatal(err)
			}
			if archive, err = identity.ReadArchive(data, password); err != nil {
				t.Fatal(err)
			}
			const want = `{"` + banned + `":{"added":0,"banned":true,"conversationId":"","removed":50},` +
				`"` + friend + `":{"added":10,"confirmed":true,"conversationId":"c","future":1},"not an id":[2]}`
			if got := string(archive.Other["ringAccountContacts"]); got != want {
				t.Errorf("exported %s, want %s", got, want)
			}
			if got := string(archive.Other["conversations"]); got != conversations {
				t.Errorf("the conversations became %s", got)
			}
			state, err := os.Stat(r.path(entry.ID, contactsFile))
			if err != nil || state.Mode().Perm() != fileMode {
				t.Errorf("%v, %v", state, err)
			}
		})
	}
}

// TestContactsOfAnOlderRing: an account that came here before its contacts were read exports those that
// its archive has.
func TestContactsOfAnOlderRing(t *testing.T) {
	r := openRing(t, t.TempDir())
	archive := &identity.Archive{Account: testid.Account(t, "alice"), Other: map[string]json.RawMessage{
		"ringAccountContacts": json.RawMessage(`{"` + friend + `":{"added":10}}`),
	}}
	data, err := archive.Write("")
	if err != nil {
		t.Fatal(err)
	}
	entry, err := r.Import(context.Background(), data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(r.path(entry.ID, contactsFile)); err != nil {
		t.Fatal(err)
	}
	if err := r.Contacts(entry.ID).Keep(identity.Contact{ID: accountID(t, banned), Removed: time.Unix(50, 0), Banned: true}); err != nil {
		t.Fatal(err)
	}
	if data, err = r.Export(entry.ID, ""); err != nil {
		t.Fatal(err)
	}
	if archive, err = identity.ReadArchive(data, ""); err != nil {
		t.Fatal(err)
	}
	if list, err := archive.Contacts(); err != nil || len(list.All()) != 2 {
		t.Errorf("%s, %v", list, err)
	}
}

func TestContactsThatCannotBeKept(t *testing.T) {
	r := openRing(t, t.TempDir())
	entry := importAccount(t, r, "alice", Options{})
	list := r.Contacts(entry.ID)
	if all, err := list.Contacts(); err != nil || all != nil {
		t.Errorf("of an account without contacts: %v, %v", all, err)
	}
	change := identity.Contact{ID: accountID(t, friend), Added: time.Unix(50, 0)}
	if err := os.WriteFile(r.path(entry.ID, contactsFile), []byte("[1]"), fileMode); err != nil {
		t.Fatal(err)
	}
	_, readErr := list.Contacts()
	_, exportErr := r.Export(entry.ID, "")
	for what, err := range map[string]error{"read": readErr, "kept": list.Keep(change), "exported": exportErr} {
		if !errors.Is(err, ErrDamaged) || strings.Contains(err.Error(), "\n") {
			t.Errorf("damaged contacts were %s: %v", what, err)
		}
	}
	if err := r.Remove(entry.ID); err != nil {
		t.Fatal(err)
	}
	if err := list.Keep(change); !errors.Is(err, ErrNotFound) {
		t.Errorf("of an account that is gone: %v", err)
	}
}
