// SPDX-License-Identifier: GPL-3.0-or-later

// Package peer decides whether a test that needs a real program, root or real time may run here.
// Such a test skips with one line that names what is missing, so that a person sees what a run did
// not show; where CI=true nothing may be missing and the test fails instead.
package peer

import (
	"os"
	"os/exec"
	"testing"
)

// EnvReal is the variable that allows tests against real programs: set to 1 by `make test`. Without
// it they are skipped, so that `go test ./...` is quick and needs nothing but Go.
const EnvReal = "BELLWIRE_REAL_PEERS"

// Marker starts the line by which a test tells what it uses or why it was skipped; `make test` knows
// the tests with real peers by it.
const Marker = "real peer:"

// Need returns the path of a program, looked up in PATH. It skips the test when real peers are not
// asked for or the program is not installed, and fails it for the latter where CI=true.
func Need(t testing.TB, program string) string {
	t.Helper()
	Enabled(t)
	path, err := exec.LookPath(program)
	if err != nil {
		Missing(t, "the program "+program+" is not installed")
	}
	tell(t, program)
	return path
}

// NeedRoot is for tests that make network namespaces: it skips, or fails where CI=true, unless the
// test runs as root.
func NeedRoot(t testing.TB) {
	t.Helper()
	Enabled(t)
	if os.Geteuid() != 0 {
		Missing(t, "network namespaces need root")
	}
	tell(t, "namespaces")
}

// tell notes what a test uses; benchmarks print their figures alone.
func tell(t testing.TB, what string) {
	t.Helper()
	if _, ok := t.(*testing.T); ok {
		t.Logf("%s %s", Marker, what)
	}
}

// Enabled skips the test unless real peers are asked for.
func Enabled(t testing.TB) {
	t.Helper()
	if os.Getenv(EnvReal) != "1" {
		t.Skipf("%s %s=1 is not set", Marker, EnvReal)
	}
}

// Missing ends the test because something it needs, named by what, is not there: a skip for a
// person, a failure where CI=true.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s %s, and CI=true allows no skip", Marker, what)
	}
	t.Skipf("%s %s", Marker, what)
}
