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
