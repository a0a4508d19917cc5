// SPDX-License-Identifier: GPL-3.0-or-later

package keyring

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"bellwire/identity"
	"bellwire/internal/testid"
)

// childHome makes the test binary a process that changes the ring of that home until it is killed.
const childHome = "BELLWIRE_TEST_KEYRING_HOME"

func TestMain(m *testing.M) {
	if os.Getenv(childHome) != "" {
		m.Run() // runs TestChild, which never ends
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// kills is how often a process is killed.
const kills = 120

// TestKills kills a process that adds, renames, seals and removes accounts, at any moment. Afterwards
// every account is whole, and the one that only changed its name and seal is always there.
func TestKills(t *testing.T) {
	home, kills := t.TempDir(), kills
	if testing.Short() {
		kills /= 6
	}
	alice := importAccount(t, openRing(t, home), "alice", Options{Name: "name 0"})
	seen := make(map[string]int)
	for range kills {
		killOne(t, home, time.Duration(rand.IntN(40))*time.Millisecond)
		r := openRing(t, home)
		noLeavings(t, home)
		checkRing(t, r, alice.ID, seen)
		if t.Failed() {
			return
		}
	}
	t.Logf("states after %d kills: %v", kills, seen)
	if seen["bob"] == 0 || seen["bob"] == kills {
		t.Error("the kills do not reach both outcomes")
	}
}

func checkRing(t *testing.T, r *Ring, alice identity.AccountID, seen map[string]int) {
	t.Helper()
	entries, err := r.List()
	if err != nil {
		t.Fatal(err)
	}
	there := false
	for _, entry := range entries {
		if entry.Err != nil {
			t.Errorf("account %s: %v", entry.ID, entry.Err)
			continue
		}
		if !strings.HasPrefix(entry.Name, "name ") {
			t.Errorf("account %s has the name %q", entry.ID, entry.Name)
		}
		archive, err := r.Archive(entry.ID, "")
		if err != nil || archive.Account.ID() != entry.ID {
			t.Errorf("archive of %s: %v, %v", entry.ID, archive, err)
		}
		loaded, err := r.Load(entry.ID)
		if err != nil {
			t.Errorf("account %s: %v", entry.ID, err)
		} else if err := loaded.Device.Chain.Verify(time.Now()); err != nil {
			t.Errorf("account %s: %v", entry.ID, err)
		}
		if entry.ID == alice {
			there = true
		} else {
			seen["bob"]++
		}
	}
	if !there {
		t.Error("the account that was there before is gone")
	}
}

// killOne starts a child and kills it some time after it began its work.
func killOne(t *testing.T, home string, after time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.count=1")
	cmd.Env = append(os.Environ(), childHome+"="+home)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 6)
	_, err = out.Read(line)
	if err != nil || string(line) != "begun\n" {
		t.Errorf("the child said %q, %v", line, err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait()
	if state := cmd.ProcessState; state.Exited() {
		t.Errorf("the child ended by itself: %v", state)
	}
}

// TestChild is not a test: it is what the child does until it is killed.
func TestChild(t *testing.T) {
	home := os.Getenv(childHome)
	if home == "" {
		return // it runs in a child of TestKills only
	}
	r := openRing(t, home)
	alice := testid.Account(t, "alice").ID()
	bob := archiveOf(t, "bob", "")
	bobID := testid.Account(t, "bob").ID()
	fmt.Println("begun")
	for i := 0; ; i++ {
		err := errors.Join(
			r.Rename(alice, fmt.Sprintf("name %d", i)),
			ignore(second(r.Import(context.Background(), bob, Options{Name: "name new"})), ErrExists),
			r.SetPassword(alice, "", ""),
			r.Rename(bobID, fmt.Sprintf("name %d", i)),
			r.SetAnnouncement(bobID, make([]byte, 100<<10)),
			r.Remove(bobID),
		)
		if err != nil {
			fmt.Println(err)
			return
		}
	}
}

func ignore(err, target error) error {
	if errors.Is(err, target) {
		return nil
	}
	return err
}
