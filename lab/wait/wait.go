// SPDX-License-Identifier: GPL-3.0-or-later

// Package wait is how tests against real programs wait: for a condition, with a limit.
package wait

import (
	"testing"
	"time"
)

// interval is short against anything a real program does, and long against asking it.
const interval = 10 * time.Millisecond

// For asks again and again until done reports true, and ends the test when the limit passes first.
// The text what names the condition in the failure.
func For(t testing.TB, limit time.Duration, what string, done func() bool) {
	t.Helper()
	if !Until(limit, done) {
		t.Fatalf("still waiting after %v for: %s", limit, what)
	}
}

// Until asks until done reports true or the limit passes, and says which.
func Until(limit time.Duration, done func() bool) bool {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	end := time.NewTimer(limit)
	defer end.Stop()
	for {
		if done() {
			return true
		}
		select {
		case <-tick.C:
		case <-end.C:
			return done()
		}
	}
}
