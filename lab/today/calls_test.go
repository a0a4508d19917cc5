// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"bellwire/call"
	"bellwire/call/calltest"
	"bellwire/lab/today"
)

// The tones of the two sides.
const (
	ours   = 440
	theirs = 770
)

// talk is a call that is up, seen from both sides.
type talk struct {
	t     testing.TB
	leg   *call.Leg
	call  *today.Call
	phone *phone
	peer  *today.Peer
	atUs  *calltest.Ear
	atHim *calltest.Ear
}

// place has a phone call a peer that answers.
func place(t testing.TB, p *phone, peer *today.Peer) *talk {
	t.Helper()
	c := &talk{t: t, phone: p, peer: peer, atUs: &calltest.Ear{}, atHim: &calltest.Ear{}}
	answered := make(chan *today.Call, 1)
	go func() {
		in, err := peer.NextCall(soon(t))
		if err == nil {
			err = in.Answer(soon(t), today.Setup{Source: &calltest.Tone{Hz: theirs}, Sink: c.atHim})
		}
		if err != nil {
			t.Error("the peer: ", err)
		}
		answered <- in
	}()
	leg, err := p.Dial(soon(t), peer.ID(), call.Setup{Source: &calltest.Tone{Hz: ours}, Sink: c.atUs, Name: "bob"})
	if err != nil {
		t.Fatal("call: ", err)
	}
	c.leg, c.call = leg, <-answered
	return c
}

// take has a peer call a phone that answers.
func take(t testing.TB, p *phone, peer *today.Peer, video bool) *talk {
	t.Helper()
	c := &talk{t: t, phone: p, peer: peer, atUs: &calltest.Ear{}, atHim: &calltest.Ear{}}
	answered := make(chan *call.Leg, 1)
	go func() {
		defer close(answered)
		in, err := p.Accept(soon(t))
		if err != nil {
			t.Error("accept: ", err)
			return
		}
		if id := in.Peer().ID; id != peer.ID() {
			t.Errorf("the call is shown as from %s, want %s", id, peer.ID())
		}
		leg, err := in.Answer(soon(t), call.Setup{Source: &calltest.Tone{Hz: ours}, Sink: c.atUs})
		if err != nil {
			t.Error("answer: ", err)
		}
		answered <- leg
	}()
	var err error
	c.call, err = peer.Dial(soon(t), p.account(), today.Setup{Source: &calltest.Tone{Hz: theirs}, Sink: c.atHim, Video: video})
	if err != nil {
		t.Fatal("the peer calls: ", err)
	}
	if c.leg = <-answered; c.leg == nil {
		t.FailNow()
	}
	return c
}

// sounds checks that both hear one another.
func (c *talk) sounds(when string) {
	c.t.Helper()
	if here, there := c.listen(); here < 0.8 || there < 0.8 {
		c.t.Errorf("%s: we hear %.2f of the peer's tone, and it %.2f of ours", when, here, there)
	}
}

// quiet checks that neither hears the other.
func (c *talk) quiet(when string) {
	c.t.Helper()
	if here, there := c.listen(); here > 0.1 || there > 0.1 {
		c.t.Errorf("%s: we hear %.2f of the peer's tone, and it %.2f of ours", when, here, there)
	}
}

// listen returns how pure the tones are that each side hears.
func (c *talk) listen() (here, there float64) {
	time.Sleep(300 * time.Millisecond) // until what is under way has arrived
	var both sync.WaitGroup
	both.Go(func() { here = c.atUs.Purity(theirs, 300*time.Millisecond) })
	both.Go(func() { there = c.atHim.Purity(ours, 300*time.Millisecond) })
	both.Wait()
	return here, there
}

// ended checks that our side notices the end.
func (c *talk) ended(reason call.Reason) {
	c.t.Helper()
	select {
	case <-c.leg.Done():
	case <-soon(c.t).Done():
		c.t.Fatal("our side of the call does not end")
	}
	if end := c.leg.End(); end.Reason != reason {
		c.t.Errorf("the call ended with %+v, want %v", end, reason)
	}
}

func TestWeCall(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice", public)
		c := place(t, bob, alice)
		if c.call.From != bob.ID() || !strings.Contains(c.call.Invite, "Subject: Phone call\r\n") {
			t.Errorf("the peer shows a call from %s:\n%s", c.call.From, c.call.Invite)
		}
		c.sounds("after the answer")
		must(t, c.call.Hangup(soon(t)))
		c.ended(call.HungUp)

		c = place(t, bob, alice) // over the same connection and channel
		c.sounds("in the second call")
		c.leg.Hangup(soon(t))
		<-c.call.Done()
		if n := len(alice.Requests()); n != 1 {
			t.Errorf("two calls took %d connection requests", n)
		}
	})
}

func TestTheyCall(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice")
		c := take(t, bob, alice, false)
		c.sounds("after the answer")
		c.leg.Hangup(soon(t))
		<-c.call.Done()
		c = place(t, bob, alice) // who was called is allowed to call back, over the same channel
		c.sounds("in the call back")
		must(t, c.call.Hangup(soon(t)))
		c.ended(call.HungUp)
		if n := len(alice.Requests()); n != 0 {
			t.Errorf("the call back took %d connection requests", n)
		}
	})
}

// A call with a camera is taken without the picture.
func TestTheyCallWithACamera(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice")
		c := take(t, bob, alice, true)
		c.sounds("after the answer")
		if status, err := c.call.AskForKeyframe(soon(t)); err != nil || status != 200 {
			t.Errorf("asking for a picture is answered %d, %v", status, err)
		}
		must(t, c.call.Hold(soon(t)))
		must(t, c.call.Resume(soon(t)))
		c.sounds("after the hold")
		must(t, c.call.Hangup(soon(t)))
		c.ended(call.HungUp)
	})
}

func TestDigits(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		c := place(t, w.phone("bob", "bob"), w.peer("alice", "alice", public))
		if status, err := c.call.SendDigit(soon(t), '5'); err != nil || status != 200 {
			t.Errorf("a key is answered %d, %v", status, err)
		}
		if d := next[call.Digit](t, c.leg); d.Key != '5' {
			t.Errorf("key %c arrives", d.Key)
		}
		if err := c.leg.SendDigits(soon(t), "1#"); err != nil {
			t.Errorf("the peer has no use for keys, which is no error of ours: %v", err)
		}
		if got := c.call.Digits(); len(got) != 2 || got[0] != "Signal=1\r\nDuration=250\r\n" || got[1] != "Signal=#\r\nDuration=250\r\n" {
			t.Errorf("the peer got %q", got)
		}
		c.leg.Hangup(soon(t))
		<-c.call.Done()
	})
}

// A peer that leaves without a word is missed.
func TestThePeerIsGone(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		c := place(t, w.phone("bob", "bob"), w.peer("alice", "alice", public))
		c.sounds("before")
		c.peer.Disconnect()
		c.ended(call.ConnectionLost)
	})
}
