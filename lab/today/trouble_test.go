// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"bellwire/call"
	"bellwire/lab/today"
)

// Both hold, and both resume, at the same moment: whoever's offer is refused for that tries again.
func TestOffersCross(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		c := place(t, w.phone("bob", "bob"), w.peer("alice", "alice", public))
		insist := func(do func() error) func() {
			return func() {
				var refused *today.Refused
				err := do()
				for tries := 0; tries < 5 && errors.As(err, &refused) && refused.Code == 491; tries++ {
					time.Sleep(2 * time.Second)
					err = do()
				}
				if err != nil {
					t.Error(err)
				}
			}
		}
		for range 3 {
			var both sync.WaitGroup
			both.Go(insist(func() error { return c.call.Hold(soon(t)) }))
			both.Go(insist(func() error { return c.leg.Hold(soon(t)) }))
			both.Wait()
			c.quiet("while both hold")
			both.Go(insist(func() error { return c.call.Resume(soon(t)) }))
			both.Go(insist(func() error { return c.leg.Resume(soon(t)) }))
			both.Wait()
			c.sounds("after both resumed")
		}
		must(t, c.call.Hangup(soon(t)))
		c.ended(call.HungUp)
	})
}

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

// Both call at the same moment, without a connection before: both calls ring.
func TestBothCallAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice", public)
		var both sync.WaitGroup
		both.Go(func() {
			leg, err := bob.Dial(soon(t), alice.ID(), call.Setup{})
			if err != nil {
				t.Error("we call: ", err)
				return
			}
			time.Sleep(time.Second)
			leg.Hangup(soon(t))
		})
		both.Go(func() {
			c, err := alice.Dial(soon(t), bob.account(), today.Setup{})
			if err != nil {
				t.Error("the peer calls: ", err)
				return
			}
			<-c.Done()
		})
		both.Go(func() {
			in, err := bob.Accept(soon(t))
			if err != nil {
				t.Error("we take: ", err)
				return
			}
			leg, err := in.Answer(soon(t), call.Setup{})
			if err != nil {
				t.Error("we answer: ", err)
				return
			}
			time.Sleep(time.Second)
			leg.Hangup(soon(t))
		})
		both.Go(func() {
			in, err := alice.NextCall(soon(t))
			if err == nil {
				err = in.Answer(soon(t), today.Setup{})
			}
			if err != nil {
				t.Error("the peer takes: ", err)
				return
			}
			<-in.Done()
		})
		both.Wait()
		time.Sleep(5 * time.Second)
		place(t, bob, alice).sounds("afterwards")
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
