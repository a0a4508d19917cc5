// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package proc

import (
	"testing"
	"time"

	"bellwire/internal/leak"
)

func TestUsageOfAProgram(t *testing.T) {
	leak.Check(t)
	p := Start(t, Spec{Path: "/bin/sh", Args: []string{"-c", `i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec 5</dev/null 6</dev/null; echo done; read x`}})
	if _, _, err := p.Await(0, 30*time.Second, is("done")); err != nil {
		t.Fatal(err)
	}
	if used, err := p.CPU(); err != nil || used < time.Millisecond || used > 30*time.Second {
		t.Errorf("processor time %v, %v", used, err)
	}
	if n, err := p.Files(); err != nil || n < 5 { // three pipes and the two
		t.Errorf("%d open files, %v", n, err)
	}
	if n, err := p.Threads(); err != nil || n != 1 {
		t.Errorf("%d threads, %v", n, err)
	}
}
