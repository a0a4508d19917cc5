// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package calls

import (
	"os"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/lab/bell"
)

// TestEveryDeviceRings calls an account with two devices, first with nobody at either: both ring, and
// both stop when the caller gives up. Then one answers, and the other does not go on ringing.
func TestEveryDeviceRings(t *testing.T) {
	peer.NeedRoot(t)
	leak.Check(t)
	place := NewPlace(t, 3, false)
	alice, _ := place.NewHome(t, 0)
	phone, bobID := place.NewHome(t, 1)
	desk := place.NewDevice(t, 2, phone, bobID)
	atPhone, atDesk := up(t, phone), up(t, desk)

	calling := alice.Start(t, "call", bobID)
	nextAtPhone, nextAtDesk := awaitState(t, atPhone, 0, "ringing"), awaitState(t, atDesk, 0, "ringing")
	calling.Signal(os.Interrupt)
	nextAtPhone, nextAtDesk = awaitState(t, atPhone, nextAtPhone, "ended"), awaitState(t, atDesk, nextAtDesk, "ended")
	calling.ExitCode(t, limit)

	Answer(t, desk, "--once")
	calling = alice.Start(t, "call", bobID, "--for", "1s")
	awaitState(t, calling, 0, "established")
	awaitState(t, atDesk, nextAtDesk, "established")
	if code := calling.ExitCode(t, limit); code != 0 {
		t.Errorf("call ended with exit code %d:\n%s", code, calling.Output())
	}
	ringing := false
	for _, line := range atPhone.Lines(nextAtPhone) {
		if e, ok := bell.ParseEvent(line); ok && e.State != "" {
			ringing = e.State != "ended"
		}
	}
	if ringing {
		t.Errorf("the other device rings although the call is over:\n%s", atPhone.Output())
	}
}

// up starts the engine of a home and returns when calls can come.
func up(t testing.TB, home *bell.Home) *bell.Run {
	t.Helper()
	run := home.Start(t, "up")
	if _, _, err := run.Await(0, time.Minute, func(e bell.Event) bool { return e.Event == "ready" }); err != nil {
		t.Fatal(err)
	}
	return run
}

// awaitState waits for a call to be in a state and returns the number of the line after that event.
func awaitState(t testing.TB, run *bell.Run, from int, state string) (next int) {
	t.Helper()
	_, next, err := run.Await(from, limit, bell.State(state))
	if err != nil {
		t.Fatal(err)
	}
	return next
}
