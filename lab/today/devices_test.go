// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"errors"
	"testing"
	"time"

	"bellwire/call"
	"bellwire/call/calltest"
	"bellwire/lab/today"
)

// two starts both devices of alice.
func (w *world) two(first, second func(*today.Config)) (a, b *today.Peer) {
	return w.peer("alice", "alice", first), w.peer("alice", "alice2", second)
}

// ringing waits until both devices ring.
func ringing(t testing.TB, a, b *today.Peer) (atA, atB *today.Call) {
	t.Helper()
	atA, err := a.NextCall(soon(t))
	must(t, err)
	atB, err = b.NextCall(soon(t))
	must(t, err)
	return atA, atB
}

// dial calls alice in the background.
func dial(t testing.TB, bob *phone, id string, setup call.Setup) <-chan error {
	ended := make(chan error, 1)
	go func() {
		leg, err := bob.Dial(soon(t), id, setup)
		if err == nil {
			<-leg.Done()
		}
		ended <- err
	}()
	return ended
}

func TestADeclineEndsTheCallOnAllDevices(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob := w.phone("bob", "bob")
		a, b := w.two(public, public)
		ended := dial(t, bob, a.ID(), call.Setup{})
		atA, atB := ringing(t, a, b)
		must(t, atA.Decline())
		<-atB.Done()
		if code, _ := atB.End(); code != 487 {
			t.Errorf("the other device ends with %d", code)
		}
		if err := <-ended; call.ReasonOf(err) != call.Declined {
			t.Errorf("the caller is told %v", err)
		}
	})
}

// One device that is hung up while it rings ends nothing; the one that answers ends the other's ringing.
func TestTheFirstToAnswer(t *testing.T) {
	for name, change := range map[string]func(*today.Config){"two of 2026": public, "one of 2023": of2023} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				bob := w.phone("bob", "bob")
				a, b := w.two(public, change)
				ear := &calltest.Ear{}
				ended := dial(t, bob, a.ID(), call.Setup{Source: &calltest.Tone{Hz: ours}, Sink: ear})
				atA, atB := ringing(t, a, b)
				must(t, atA.Hangup(soon(t)))
				time.Sleep(2 * time.Second)
				must(t, atB.Answer(soon(t), today.Setup{Source: &calltest.Tone{Hz: theirs}}))
				hears(t, ear, theirs)
				must(t, atB.Hangup(soon(t)))
				must(t, <-ended)

				ended = dial(t, bob, a.ID(), call.Setup{Sink: ear})
				atA, atB = ringing(t, a, b)
				must(t, atA.Answer(soon(t), today.Setup{Source: &calltest.Tone{Hz: theirs}}))
				<-atB.Done()
				if code, _ := atB.End(); code != 487 {
					t.Errorf("the other device ends with %d", code)
				}
				hears(t, ear, theirs)
				must(t, atA.Hangup(soon(t)))
				must(t, <-ended)
			})
		})
	}
}

// A device of each generation: both are reached, and each reaches us.
func TestTwoGenerations(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob := w.phone("bob", "bob")
		young, old := w.two(public, of2023)
		must(t, bob.SendText(soon(t), young.ID(), call.Text{ID: 1, Body: "hello"}))
		for _, p := range []*today.Peer{young, old} {
			if got, err := p.NextText(soon(t)); err != nil || got.Body != "hello" {
				t.Errorf("one device got %+v, %v", got, err)
			}
			take(t, bob, p, false).leg.Hangup(soon(t))
		}
	})
}

// The peer calls an account with two devices of ours: one that declines ends the other's ringing, and
// so does one that answers.
func TestTheyCallTwoDevices(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		mobile, desk := w.phone("alice", "alice"), w.phone("alice", "alice2")
		bob := w.peer("bob", "bob")
		ring := func(p *phone) *call.Incoming {
			in, err := p.Accept(soon(t))
			must(t, err)
			in.Ring()
			return in
		}
		type result struct {
			call *today.Call
			err  error
		}
		results := make(chan result, 1)
		begin := func() {
			go func() {
				c, err := bob.Dial(soon(t), mobile.account(), today.Setup{Source: &calltest.Tone{Hz: theirs}})
				results <- result{c, err}
			}()
		}
		begin()
		first, second := ring(mobile), ring(desk)
		first.Reject(call.Declined)
		<-second.Done()
		var refused *today.Refused
		if r := <-results; !errors.As(r.err, &refused) || refused.Code != 603 {
			t.Errorf("the peer's call ended with %v", r.err)
		}

		begin()
		first, second = ring(mobile), ring(desk)
		ear := &calltest.Ear{}
		leg, err := second.Answer(soon(t), call.Setup{Sink: ear})
		must(t, err)
		<-first.Done()
		hears(t, ear, theirs)
		r := <-results
		must(t, r.err)
		must(t, r.call.Hangup(soon(t)))
		<-leg.Done()
	})
}
