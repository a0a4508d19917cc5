// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package proc

import (
	"strings"
	"testing"
	"time"

	"bellwire/internal/leak"
)

func is(text string) func(Line) bool {
	return func(l Line) bool { return l.Text == text }
}

func TestOutputIsFollowedLineByLine(t *testing.T) {
	leak.Check(t)
	p := Start(t, Spec{Path: "/bin/sh", Args: []string{"-c", `echo $GREETING; read x; echo "got $x"; echo bad >&2; exit 3`}, Env: []string{"GREETING=hello"}})
	_, n, err := p.Await(0, 5*time.Second, is("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Send("word"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Await(n+1, 5*time.Second, is("got word")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Await(0, 5*time.Second, func(l Line) bool { return l.Error && l.Text == "bad" }); err != nil {
		t.Fatal(err)
	}
	if code := p.ExitCode(t, 5*time.Second); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	if _, _, err := p.Await(0, 5*time.Second, is("never")); err == nil || !strings.Contains(err.Error(), "ended before") {
		t.Errorf("waiting for a line of an ended program: %v", err)
	}
}

func TestAProgramThatIgnoresTheInterruptIsKilled(t *testing.T) {
	leak.Check(t)
	p := Start(t, Spec{Path: "/bin/sh", Args: []string{"-c", `trap "" INT; echo ready; while :; do read x || exec sleep 1000; done`}})
	if _, _, err := p.Await(0, 5*time.Second, is("ready")); err != nil {
		t.Fatal(err)
	}
	if m, err := p.Memory(); err != nil || m.Resident < 100<<10 || m.Proportional > m.Resident {
		t.Errorf("memory %+v, %v", m, err)
	}
	p.Kill()
	if code := p.ExitCode(t, time.Second); code != -1 {
		t.Errorf("exit code %d, want -1", code)
	}
}
