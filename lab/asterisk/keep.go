// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package asterisk

import (
	"os"
	"testing"
)

// keep saves a file of a test that failed where those are kept with `go test -artifacts`.
func keep(t testing.TB, name string) {
	data, err := os.ReadFile(name)
	if err != nil {
		t.Logf("keep the log of Asterisk: %v", err)
		return
	}
	file, err := os.CreateTemp(t.ArtifactDir(), "*-asterisk.log")
	if err != nil {
		t.Logf("keep the log of Asterisk: %v", err)
		return
	}
	defer file.Close()
	if _, err := file.Write(data); err != nil {
		t.Logf("keep the log of Asterisk: %v", err)
		return
	}
	t.Logf("see %s", file.Name())
}
