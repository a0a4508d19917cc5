// SPDX-License-Identifier: GPL-3.0-or-later

// Package peer finds the real programs that tests talk to. Where one is missing the test is skipped by
// name with a reason; in continuous integration, where all are installed, it fails instead, so that no
// such test is ever lost unseen.
package peer

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"testing"
)

// extra are folders outside PATH in which some programs are installed.
var extra = []string{"/usr/libexec", "/usr/lib/jami", "/usr/sbin", "/sbin"}

// skipped counts the skips of this test binary, shown in each of them.
var skipped atomic.Int64

// Need returns the path of a program. reason says what the test checks with it, as in "reads an archive
// of ours". When the program is missing the test is skipped, or fails if the environment has CI=true.
func Need(t testing.TB, program, reason string) string {
	t.Helper()
	if path := Find(program); path != "" {
		return path
	}
	Missing(t, fmt.Sprintf("%s is not installed, so nothing shows that it %s", program, reason))
	return ""
}

// Find returns the path of a program, or "" when it is not installed.
func Find(program string) string {
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	for _, dir := range extra {
		if path, err := exec.LookPath(dir + "/" + program); err == nil {
			return path
		}
	}
	return ""
}

// Missing skips the test because of the circumstance, or fails it in continuous integration. It is for
// what Need cannot see: a missing right, kernel feature or module of an interpreter.
func Missing(t testing.TB, circumstance string) {
	t.Helper()
	if InCI() {
		t.Fatalf("%s (a failure because CI is set)", circumstance)
	}
	t.Skipf("skip %d: %s", skipped.Add(1), circumstance)
}

// InCI reports whether the environment says that this is continuous integration.
func InCI() bool {
	set, err := strconv.ParseBool(os.Getenv("CI"))
	return err == nil && set
}
