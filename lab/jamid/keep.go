// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamid

import (
	"os"
	"testing"

	"bellwire/lab/proc"
)

// keepLog saves the daemon's log when the test failed.
func keepLog(t testing.TB, p *proc.Process) {
	if !t.Failed() {
		return
	}
	saveFile(t, "jamid.log", func() (text []byte, err error) {
		for _, l := range p.Lines(0) {
			text = append(text, l.At.Format("15:04:05.000 ")+l.Text+"\n"...)
		}
		return text, nil
	})
}

// saveFile puts a file where those of tests are kept with `go test -artifacts`.
func saveFile(t testing.TB, name string, content func() ([]byte, error)) {
	data, err := content()
	if err != nil {
		t.Logf("keep %s: %v", name, err)
		return
	}
	file, err := os.CreateTemp(t.ArtifactDir(), "*-"+name)
	if err != nil {
		t.Logf("keep %s: %v", name, err)
		return
	}
	defer file.Close()
	if _, err := file.Write(data); err != nil {
		t.Logf("keep %s: %v", name, err)
		return
	}
	t.Logf("see %s", file.Name())
}
