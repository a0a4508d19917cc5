// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package calls

import (
	"math/rand/v2"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/lab/bell"
)

// TestAnAccountSurvivesKills kills the program at random moments of its start, of a call and of making
// another account, without warning. The account still works afterwards.
func TestAnAccountSurvivesKills(t *testing.T) {
	peer.NeedRoot(t)
	leak.Check(t)
	place := NewPlace(t, 2, false)
	alice, aliceID := place.NewHome(t, 0)
	bob, bobID := place.NewHome(t, 1)
	Answer(t, bob)
	victims := [][]string{{"up"}, {"call", bobID}, {"call", bobID, "--for", "1s"}, {"account", "new"}}
	for round := range 24 {
		run := alice.Start(t, victims[round%len(victims)]...)
		select {
		case <-run.Ended():
		case <-time.After(time.Duration(rand.Int64N(int64(400 * time.Millisecond)))):
			run.Kill()
		}
	}
	if code := alice.Start(t, "account", "show", aliceID).ExitCode(t, limit); code != 0 {
		t.Errorf("account show: exit code %d", code)
	}
	calling := alice.Start(t, "call", bobID, "--account", aliceID, "--for", "1s")
	if _, _, err := calling.Await(0, limit, bell.State("established")); err != nil {
		t.Fatal(err)
	}
	if code := calling.ExitCode(t, limit); code != 0 {
		t.Errorf("call ended with exit code %d:\n%s", code, calling.Output())
	}
}
