// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/lab/jamid"
)

const limit = 30 * time.Second

// TestJamiCallsJami shows that the networks here carry a call between two real Jamis: what fails beside
// it is not the network's fault.
func TestJamiCallsJami(t *testing.T) {
	peer.NeedRoot(t)
	for _, n := range []Network{Both, Relayed} {
		t.Run(n.Name, func(t *testing.T) {
			leak.Check(t)
			place := NewPlace(t, n, 2)
			alice, bob := place.NewJami(t, 0, 440), place.NewJami(t, 1, 770)
			since := bob.Now()
			out := alice.Call(t, bob.ID)
			in := bob.Incoming(t, since, limit)
			in.Accept(t)
			out.Await(t, limit, jamid.Current)
			atAlice, atBob := alice.Listen(t), bob.Listen(t)
			atAlice.Hear(t, 770, 440, limit)
			atBob.Hear(t, 440, 770, limit)
			out.HangUp(t)
			in.Await(t, limit, jamid.Over)
		})
	}
}
