// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package calls

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bellwire/internal/peer"
	"bellwire/lab/bell"
)

// TestTheDemo runs what the README offers first, as a new user would.
func TestTheDemo(t *testing.T) {
	peer.Enabled(t)
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), bell.Binary(t), "demo", "--dir", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	for _, word := range []string{"DHT of 8 nodes", "protected by AEAD_AES_128_GCM", "Each heard the other's tone and not its own"} {
		if !strings.Contains(string(out), word) {
			t.Errorf("it does not say %q:\n%s", word, out)
		}
	}
	for _, name := range []string{"alice-hears.wav", "bob-hears.wav"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() < 500_000 {
			t.Errorf("the recording %s: %v, %v", name, info, err)
		}
	}
}

// TestTheDemoFailsWhenAPhoneDoes has no room for a phone's home.
func TestTheDemoFailsWhenAPhoneDoes(t *testing.T) {
	peer.Enabled(t)
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), bell.Binary(t), "demo", "--dir", dir).CombinedOutput()
	if err == nil || strings.Count(strings.TrimSpace(string(out)), "\n") > 0 {
		t.Errorf("%v: %s", err, out)
	}
}
