// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bellwire/call"
	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/lab/wait"
)

// TestContactsTravelWithTheArchive moves an account with its contacts from Bellwire to Jami and back,
// while engines run.
func TestContactsTravelWithTheArchive(t *testing.T) {
	peer.NeedRoot(t)
	leak.Check(t)
	place := NewPlace(t, IPv4, 3)
	b, there := place.NewBellwire(t, 0), place.NewBellwire(t, 2)
	friend := place.NewJami(t, 1, 0)
	asked, banned, later := strings.Repeat("ab", 20), strings.Repeat("cd", 20), strings.Repeat("ef", 20)

	atBell, atFriend := b.Now(), friend.Now()
	friend.SendRequest(t, b.ID, card)
	b.awaitContact(t, atBell, friend.ID, call.Asking)
	b.change(t, friend.ID, "accept")
	friend.AwaitContact(t, atFriend, limit, b.ID, true)
	b.add(t, asked)
	b.change(t, banned, "block")
	archive := filepath.Join(t.TempDir(), "account.gz")
	b.Do(t, "account", "export", b.ID, archive)

	imported := place.JamiAccount()
	imported.Archive = archive
	moved := friend.NewAccount(t, imported)
	for id, want := range map[string]string{friend.ID: "confirmed", asked: "added", banned: "banned"} {
		wait.For(t, limit, "the contact that is "+want, func() bool { return moved.Contact(t, id)[want] != "" })
	}
	if c := moved.Contact(t, asked); c["confirmed"] == "true" || c["banned"] == "true" {
		t.Errorf("who was asked came as %v", c)
	}
	moved.AddContact(t, later)
	moved.RemoveContact(t, asked)

	there.Do(t, "account", "import", moved.Export(t)) // the engine serves it from its next start on
	there.Engine.Signal(os.Interrupt)
	there.Engine.ExitCode(t, limit)
	there.Up(t)
	contacts, err := there.Client.Contacts(t.Context(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]call.ContactState{}
	for _, c := range contacts {
		got[c.ID] = c.State
	}
	for id, want := range map[string]call.ContactState{
		friend.ID: call.Confirmed, asked: call.Stranger, banned: call.Blocked, later: call.Requested,
	} {
		if got[id] != want {
			t.Errorf("%s came as %v, want %v", id, got[id], want)
		}
	}
}
