// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"testing"
	"time"

	"bellwire/call"
	"bellwire/lab/today"
	"bellwire/line/p2p/contacts"
	"bellwire/link/linktest"
)

// Two calls over one channel, one held while the other is spoken in.
func TestTwoCalls(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice")
		first := take(t, bob, alice, false)
		must(t, first.leg.Hold(soon(t)))
		second := take(t, bob, alice, false)
		second.sounds("in the second call")
		first.quiet("in the first call")
		must(t, second.call.Hangup(soon(t)))
		second.ended(call.HungUp)
		must(t, first.leg.Resume(soon(t)))
		first.sounds("after the second call")
		must(t, first.call.Hangup(soon(t)))
		first.ended(call.HungUp)
	})
}

// The connection of earlier is dead, and neither end was told. A daemon that notices tells its user, who
// calls again.
func TestADeadConnection(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice", public)
		c := place(t, bob, alice)
		must(t, c.call.Hangup(soon(t)))
		c.ended(call.HungUp)
		w.lan.cutConnections()
		begin := time.Now()
		c = place(t, bob, alice)
		t.Logf("the call took %v", time.Since(begin))
		c.sounds("over a new connection")
		c.leg.Hangup(soon(t))
		w.lan.cutConnections()
		if _, err := alice.Dial(soon(t), bob.account(), today.Setup{}); err == nil {
			t.Error("the peer's call goes on over a dead connection")
		}
		take(t, bob, alice, false).sounds("from the other side")
	})
}

// What no person wrote is not shown as a text, and what is no text at all breaks nothing.
func TestWhatIsNoText(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice")
		for _, kind := range []string{"application/im-gitmessage-id", "application/im-iscomposing+xml", "message/imdn+xml"} {
			must(t, alice.Send(soon(t), bob.account(), kind, `{"commit":"71c98b7fe931cf7fe0ce69c6f9205a723a25d36d"}`))
		}
		must(t, alice.SendText(soon(t), bob.account(), "a text"))
		if got := bob.nextText(t); got.Body != "a text" {
			t.Errorf("shown as a text: %+v", got)
		}
		take(t, bob, alice, false).sounds("afterwards")
	})
}

// A network that loses and delays packets.
func TestABadNetwork(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice", public)
		time.Sleep(10 * time.Second) // until the announcements are stored in spite of the losses
		c := place(t, bob, alice)
		must(t, c.call.Hold(soon(t)))
		must(t, c.call.Resume(soon(t)))
		time.Sleep(2 * time.Second)
		if here, there := c.listen(); here < 0.6 || there < 0.6 {
			t.Errorf("we hear %.2f of the peer's tone, and it %.2f of ours", here, there)
		}
		must(t, c.call.Hangup(soon(t)))
		c.ended(call.HungUp)
	}, func(l *linktest.LAN) { l.Loss, l.Delay, l.Seed = 0.05, 40*time.Millisecond, 7 })
}

// After a long time without a word a call still goes over the same connection.
func TestALongSilence(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice", public)
		c := place(t, bob, alice)
		must(t, c.call.Hangup(soon(t)))
		c.ended(call.HungUp)
		time.Sleep(25 * time.Minute)
		c = place(t, bob, alice)
		c.sounds("after a long silence")
		must(t, c.call.Hangup(soon(t)))
		c.ended(call.HungUp)
		if n := len(alice.Requests()); n != 1 {
			t.Errorf("%d connection requests", n)
		}
	})
}

// Who takes no strangers rings for none, and for contacts.
func TestWeRefuseStrangers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob := w.phone("bob", "bob", func(c *contacts.Config) { c.RefuseStrangers = true })
		alice, carol := w.peer("alice", "alice"), w.peer("carol", "carol")
		rings := func() { t.Error("it rings") }
		begin := time.Now()
		if _, err := carol.Dial(soon(t), bob.account(), today.Setup{Rings: rings}); err == nil {
			t.Error("a stranger's call was taken")
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("the stranger waited %v", took)
		}
		if err := carol.SendText(soon(t), bob.account(), "psst"); err == nil {
			t.Error("a stranger's text was taken")
		}
		must(t, alice.AddContact(soon(t), bob.account(), ""))
		bob.becomes(t, alice.ID(), call.Asking)
		must(t, bob.AcceptContact(soon(t), alice.ID()))
		take(t, bob, alice, false).sounds("with a contact")
		must(t, bob.BlockContact(soon(t), alice.ID()))
		if _, err := alice.Dial(soon(t), bob.account(), today.Setup{Rings: rings}); err == nil {
			t.Error("a blocked caller's call was taken")
		}
	})
}
