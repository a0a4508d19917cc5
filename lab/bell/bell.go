// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package bell runs the program itself, as a person or a script would: its command line, its events
// in JSON, its exit codes.
package bell

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwire/lab/netns"
	"bellwire/lab/proc"
)

// Home is one person's machine: a home directory, and where its programs run.
type Home struct {
	Dir    string
	In     *netns.Namespace // nil is the test's own
	binary string
	flags  []string
}

// NewHome makes an empty home. The flags are given to every command before its name, for example
// --set and a configuration key.
func NewHome(t testing.TB, in *netns.Namespace, flags ...string) *Home {
	t.Helper()
	return &Home{Dir: t.TempDir(), In: in, binary: Binary(t), flags: flags}
}

// NewAccount makes an account and returns its id.
func (h *Home) NewAccount(t testing.TB) string {
	t.Helper()
	return h.Do(t, "account", "new")
}

// Do runs a command that has to succeed and returns the first line of its output.
func (h *Home) Do(t testing.TB, args ...string) string {
	t.Helper()
	run := h.Start(t, args...)
	if code := run.ExitCode(t, time.Minute); code != 0 {
		t.Fatalf("%s: exit code %d:\n%s", strings.Join(args, " "), code, run.Output())
	}
	for _, line := range run.Lines(0) {
		if !line.Error {
			return line.Text
		}
	}
	return ""
}

// Start runs a command until it ends or the test does.
func (h *Home) Start(t testing.TB, args ...string) *Run {
	t.Helper()
	all := append([]string{"--home", h.Dir}, h.flags...)
	return &Run{proc.Start(t, proc.Spec{Path: h.binary, Args: append(all, args...), Dir: h.Dir, In: h.In})}
}

// Run is a command that is running or has ended.
type Run struct{ *proc.Process }

// Event is one line of the program's output with --json; see phone.Event.
type Event struct {
	Event     string    `json:"event"`
	Time      time.Time `json:"time"`
	Call      string    `json:"call"`
	Direction string    `json:"direction"`
	State     string    `json:"state"`
	Target    string    `json:"target"`
	Peer      string    `json:"peer"`
	Device    string    `json:"device"`
	Reason    string    `json:"reason"`
	Code      int       `json:"code"`
	Digit     string    `json:"digit"`
	Text      string    `json:"text"`
	Message   string    `json:"message"`
	Contact   string    `json:"contact"`
	Was       string    `json:"was"`
	Presence  string    `json:"presence"`

	Received time.Time `json:"-"` // when the line was read here
}

// ParseEvent reads a line of output; false when it is no event.
func ParseEvent(l proc.Line) (e Event, ok bool) {
	if l.Error || json.Unmarshal([]byte(l.Text), &e) != nil {
		return Event{}, false
	}
	e.Received = l.At
	return e, true
}

// Await returns the first event from line number from on that match accepts, and the number of the
// line after it.
func (r *Run) Await(from int, limit time.Duration, match func(Event) bool) (event Event, next int, err error) {
	_, at, err := r.Process.Await(from, limit, func(l proc.Line) bool {
		e, ok := ParseEvent(l)
		if ok && match(e) {
			event = e
			return true
		}
		return false
	})
	return event, at + 1, err
}

// State accepts the events that say that a call is in a state.
func State(state string) func(Event) bool {
	return func(e Event) bool { return e.State == state }
}

var build = sync.OnceValues(func() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(root, "bin", "bellwire")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./cmd/bellwire")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return binary, nil
})

// Binary builds the program as `make build` does, once for all tests of a process, and returns its
// path.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}
