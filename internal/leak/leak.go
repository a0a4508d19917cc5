// SPDX-License-Identifier: GPL-3.0-or-later

// Package leak fails a test that leaves goroutines of this module behind.
package leak

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// grace is how long goroutines may take to end after the test asked them to.
const grace = 5 * time.Second

// Check is called first in a test: when the test and its other cleanups are over, it fails if a
// goroutine that runs code of this module was started meanwhile and has not ended.
func Check(t testing.TB) {
	t.Helper()
	before := ours()
	t.Cleanup(func() {
		deadline := time.Now().Add(grace)
		for {
			left := newSince(before)
			if len(left) == 0 {
				return
			}
			if time.Now().After(deadline) {
				t.Errorf("%d goroutines outlive the test:\n\n%s", len(left), strings.Join(left, "\n\n"))
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
}

func newSince(before map[string]string) []string {
	var left []string
	for id, stack := range ours() {
		if _, old := before[id]; !old {
			left = append(left, stack)
		}
	}
	return left
}

// ours returns the stacks of the goroutines with a frame in this module, by goroutine id; the
// calling goroutine and those of the testing package itself are left out.
func ours() map[string]string {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	stacks := map[string]string{}
	for _, stack := range strings.Split(string(buf), "\n\n") {
		if !strings.Contains(stack, "\nbellwire/") || strings.Contains(stack, "testing.tRunner") || strings.Contains(stack, "internal/leak.ours") {
			continue
		}
		id, _, _ := strings.Cut(stack, " [")
		stacks[id] = stack
	}
	return stacks
}
