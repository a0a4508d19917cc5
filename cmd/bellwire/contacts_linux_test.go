// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestContactsMoveWithTheAccount exports from an engine that runs, and imports beside none.
func TestContactsMoveWithTheAccount(t *testing.T) {
	t.Parallel()
	c := &town{t: t, flags: private}
	_, id := homeWithAccount(t)
	here, there := copyOfHome(t), t.TempDir()
	archive, blocked, freed := filepath.Join(t.TempDir(), "archive.gz"), strings.Repeat("ab", 20), strings.Repeat("cd", 20)
	c.do(here, exitDone, "contact", "block", freed)
	c.start(here, "up").says("joining")
	for _, args := range [][]string{{"block", blocked}, {"remove", freed}} {
		if _, stderr, code := run(t, here, append([]string{"contact"}, args...)...); code != exitDone {
			t.Fatalf("contact %v: exit code %d: %s", args, code, stderr)
		}
	}
	c.do(here, exitDone, "account", "export", id, archive)
	c.do(there, exitDone, "account", "import", archive)
	if stdout := c.do(there, exitDone, "contact", "list"); strings.Count(stdout, blocked) != 1 || !strings.Contains(stdout, "blocked") || strings.Contains(stdout, freed) {
		t.Errorf("the contacts arrived as %q", stdout)
	}
	c.do(there, exitDone, "contact", "remove", blocked)
	if stdout := c.do(there, exitDone, "contact", "list"); strings.Contains(stdout, blocked) {
		t.Errorf("who was removed came back: %q", stdout)
	}
}
