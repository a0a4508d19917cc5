// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"errors"
	"testing"

	"bellwire/internal/testid"
	"bellwire/lab/today"
)

// A peer that writes somebody else into From does not ring.
func TestPosing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice")
		carol := testid.Account(t, "carol").ID().String()
		_, err := alice.Dial(soon(t), bob.account(), today.Setup{
			Posing: carol, Rings: func() { t.Error("it rings") },
		})
		var refused *today.Refused
		if !errors.As(err, &refused) || refused.Code != 403 {
			t.Errorf("posing ended with %v", err)
		}
		take(t, bob, alice, false).sounds("under one's own name")
	})
}
