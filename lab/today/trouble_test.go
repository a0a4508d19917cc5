// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"bellwire/call"
	"bellwire/lab/today"
	"bellwire/line/p2p/contacts"
	"bellwire/link/linktest"
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

// Whoever gives up and whoever answers meet at any moment: both sides end, and can call again.
func TestAnswersCrossGivingUp(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice", public)
		random := rand.New(rand.NewPCG(1, 2))
		for range 40 {
			ctx, giveUp := context.WithCancelCause(soon(t))
			time.AfterFunc(time.Duration(random.IntN(30))*time.Millisecond, func() { giveUp(call.ErrHungUp) })
			wait := time.Duration(random.IntN(15)) * time.Millisecond
			var both sync.WaitGroup
			if random.IntN(2) == 0 {
				both.Go(func() {
					in, err := alice.NextCall(ctx)
					if err != nil {
						return // it never rang
					}
					time.Sleep(wait)
					_ = in.Answer(ctx, today.Setup{})
					<-in.Done()
				})
				if leg, err := bob.Dial(ctx, alice.ID(), call.Setup{}); err == nil {
					leg.Hangup(soon(t))
				}
			} else {
				both.Go(func() {
					in, err := bob.Accept(ctx)
					if err != nil {
						return
					}
					in.Ring()
					time.Sleep(wait)
					_, _ = in.Answer(ctx, call.Setup{})
					<-in.Done()
				})
				if c, err := alice.Dial(ctx, bob.account(), today.Setup{}); err == nil {
					_ = c.Hangup(soon(t))
				}
			}
			both.Wait()
			drain(soon(t), bob, alice)
		}
		place(t, bob, alice).sounds("after all that")
	})
}

// drain takes calls that began to ring when nobody listened any more.
func drain(ctx context.Context, bob *phone, alice *today.Peer) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var both sync.WaitGroup
	both.Go(func() {
		for in, err := bob.Accept(ctx); err == nil; in, err = bob.Accept(ctx) {
			<-in.Done()
		}
	})
	both.Go(func() {
		for in, err := alice.NextCall(ctx); err == nil; in, err = alice.NextCall(ctx) {
			<-in.Done()
		}
	})
	both.Wait()
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
