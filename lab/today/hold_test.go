// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"testing"
	"time"

	"bellwire/call"
	"bellwire/lab/today"
)

func TestHold(t *testing.T) {
	for name, begin := range map[string]func(testing.TB, *phone, *today.Peer) *talk{
		"placed": place,
		"taken":  func(t testing.TB, p *phone, peer *today.Peer) *talk { return take(t, p, peer, false) },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				c := begin(t, w.phone("bob", "bob"), w.peer("alice", "alice", public))
				c.sounds("before")
				must(t, c.call.Hold(soon(t)))
				c.told(true)
				c.quiet("while the peer holds")
				time.Sleep(20 * time.Second) // of silence, which is none of a far end that is gone
				must(t, c.call.Resume(soon(t)))
				c.told(false)
				c.sounds("after the peer's hold")

				must(t, c.leg.Hold(soon(t)))
				c.quiet("while we hold")
				time.Sleep(20 * time.Second)
				must(t, c.leg.Resume(soon(t)))
				c.sounds("after our hold")

				must(t, c.leg.Hold(soon(t)))
				must(t, c.call.Hold(soon(t)))
				c.quiet("while both hold")
				must(t, c.leg.Resume(soon(t)))
				must(t, c.call.Resume(soon(t)))
				c.sounds("after both held")
				must(t, c.call.Hangup(soon(t)))
				c.ended(call.HungUp)
			})
		})
	}
}

// told checks that we learn that the peer holds or does no longer, which its descriptions do not say.
func (c *talk) told(held bool) {
	c.t.Helper()
	if e := next[call.HeldByPeer](c.t, c.leg); e.On != held {
		c.t.Errorf("we are told %+v", e)
	}
}
