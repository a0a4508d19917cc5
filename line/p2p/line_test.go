// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/internal/testid"
	"bellwire/link/linktest"
	"bellwire/media/audio"
	"bellwire/sip"
)

func TestACallByIDCarriesSoundBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.add("alice", "alice"), w.add("bob", "bob")
		w.up()
		answered := make(chan *call.Leg, 1)
		go func() { answered <- bob.answer(t.Context(), t, 660) }()
		var states []string
		heard := &ear{}
		leg, err := alice.Dial(t.Context(), bob.ID(), call.Setup{
			Source: &tone{hz: 440}, Sink: heard,
			Progress: func(s call.State) { states = append(states, s.String()) },
		})
		if err != nil {
			t.Fatal(err)
		}
		far := <-answered
		if got, want := strings.Join(states, " "), "resolving connecting trying"; got != want {
			t.Errorf("progress %q, want %q", got, want)
		}
		if leg.Peer().ID != bob.ID() || far.Peer().ID != alice.ID() || far.Peer().Name != "alice" {
			t.Errorf("peers %+v and %+v", leg.Peer(), far.Peer())
		}
		<-time.After(3 * time.Second)
		pcm := heard.heard()
		if share := audio.FindTone(pcm[len(pcm)-8000:], 8000, 660); share.Windows < 9 || share.Mean < 0.9 {
			t.Errorf("alice hears the tone of bob as %+v", share)
		}
		if err := leg.Hangup(t.Context()); err != nil {
			t.Error(err)
		}
		<-far.Done()
		if far.End().Reason != call.HungUp {
			t.Errorf("bob's side ended as %+v", far.End())
		}
	})
}

func TestASecondCallUsesTheSameLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.add("alice", "alice"), w.add("bob", "bob")
		w.up()
		for _, pair := range [][2]*phone{{alice, bob}, {alice, bob}, {bob, alice}} {
			caller, callee := pair[0], pair[1]
			answered := make(chan *call.Leg, 1)
			go func() { answered <- callee.answer(t.Context(), t, 660) }()
			leg, err := caller.Dial(t.Context(), callee.ID(), call.Setup{})
			if err != nil {
				t.Fatal(err)
			}
			leg.Hangup(t.Context())
			<-(<-answered).Done()
		}
		if n := len(w.board.Offers()); n != 1 {
			t.Errorf("three calls took %d connection requests", n)
		}
	})
}

// TestACallOverADeadConnectionIsPlacedAnew cuts the network for as long as it takes to notice.
func TestACallOverADeadConnectionIsPlacedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.add("alice", "alice"), w.add("bob", "bob")
		w.up()
		for i := range 2 {
			answered := make(chan *call.Leg, 1)
			go func() { answered <- bob.answer(t.Context(), t, 660) }()
			begin := time.Now()
			if i == 1 {
				w.lan.Cut()
				time.AfterFunc(probeTime+time.Second/2, w.lan.Mend)
			}
			leg, err := alice.Dial(t.Context(), bob.ID(), call.Setup{})
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin); took > probeTime+3*time.Second {
				t.Errorf("call %d was established after %v", i+1, took)
			}
			leg.Hangup(t.Context())
			<-(<-answered).Done()
		}
		if n := len(w.board.Offers()); n != 2 {
			t.Errorf("two calls took %d connection requests", n)
		}
	})
}

func TestEveryDeviceRingsAndTheFirstAnswerWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		bob := w.add("bob", "bob")
		first, second := w.add("alice", "alice"), w.add("alice", "alice2")
		w.up()
		stopped := make(chan call.End, 1)
		go func() {
			in, err := second.Accept(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			in.Ring()
			<-in.Done()
			stopped <- in.End()
		}()
		go func() {
			in, err := first.Accept(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			in.Ring()
			<-time.After(2 * time.Second)
			in.Answer(t.Context(), call.Setup{})
		}()
		leg, err := bob.Dial(t.Context(), first.ID(), call.Setup{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := leg.Peer().Device, first.device.ID().String(); got != want {
			t.Errorf("talking to device %s, want %s", got, want)
		}
		if end := <-stopped; end.Reason != call.Elsewhere {
			t.Errorf("the other device stopped ringing because of %v", end.Reason)
		}
		leg.Hangup(t.Context())
	})
}

func TestADeviceThatDeclinesEndsTheCallForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		bob := w.add("bob", "bob")
		first, second := w.add("alice", "alice"), w.add("alice", "alice2")
		w.up()
		ringing := make(chan struct{})
		go func() {
			in, _ := second.Accept(t.Context())
			in.Ring()
			close(ringing)
			<-in.Done()
		}()
		go func() {
			in, _ := first.Accept(t.Context())
			<-ringing
			in.Reject(call.Declined)
		}()
		_, err := bob.Dial(t.Context(), first.ID(), call.Setup{})
		if call.ReasonOf(err) != call.Declined {
			t.Errorf("the caller is told %v", err)
		}
	})
}

func TestABusyDeviceLetsTheOtherRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		bob := w.add("bob", "bob")
		first, second := w.add("alice", "alice"), w.add("alice", "alice2")
		w.up()
		go func() {
			in, _ := first.Accept(t.Context())
			in.Reject(call.Busy)
		}()
		go func() {
			in, _ := second.Accept(t.Context())
			<-time.After(time.Second)
			in.Answer(t.Context(), call.Setup{})
		}()
		leg, err := bob.Dial(t.Context(), first.ID(), call.Setup{})
		if err != nil {
			t.Fatal(err)
		}
		leg.Hangup(t.Context())
	})
}

func TestNobodyThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.add("alice", "alice")
		w.up()
		if _, err := alice.Dial(t.Context(), strings.Repeat("ab", 20), call.Setup{}); call.ReasonOf(err) != call.Unreachable {
			t.Errorf("an account nobody announced: %v", err)
		}
		if _, err := alice.Dial(t.Context(), "xyz", call.Setup{}); call.ReasonOf(err) != call.NotFound {
			t.Errorf("not an id: %v", err)
		}
	})
}

// TestAForgedAnnouncementIsNotCalled puts an announcement under alice's account that bob signed.
func TestAForgedAnnouncementIsNotCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		bob := w.add("bob", "bob")
		w.up()
		alice := testid.Account(t, "alice").ID()
		forged, err := Announce(testid.Account(t, "bob"), testid.Device(t, "bob"))
		if err != nil {
			t.Fatal(err)
		}
		w.dht.Put(t.Context(), wire.Hash(alice), forged)
		w.dht.Put(t.Context(), wire.Hash(alice), &value.Value{ID: 1, Data: forged.Data})
		if _, err := bob.Dial(t.Context(), alice.String(), call.Setup{}); call.ReasonOf(err) != call.Unreachable {
			t.Errorf("calling by a forged announcement: %v", err)
		}
		if n := len(w.board.Offers()); n != 0 {
			t.Errorf("%d connection requests were sent", n)
		}
	})
}

func TestACallerWhoPosesAsSomebodyElseIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.add("alice", "alice"), w.add("bob", "bob")
		w.up()
		connection, err := alice.cfg.Links.Dial(t.Context(), linktest.Target(bob.device))
		if err != nil {
			t.Fatal(err)
		}
		flow, err := alice.flowTo(t.Context(), connection)
		if err != nil {
			t.Fatal(err)
		}
		request := alice.request(connection.Peer(), connection.RemoteAddr(), "")
		request.From.URI.User = testid.Account(t, "carol").ID().String()
		session, err := flow.Invite(t.Context(), sip.Invite(request))
		if err != nil {
			t.Fatal(err)
		}
		var last sip.Response
		for r := range session.Responses() {
			last = r
		}
		if last.Code != 403 {
			t.Errorf("answered %d %s", last.Code, last.Phrase)
		}
		if len(bob.calls) != 0 {
			t.Error("the call rang all the same")
		}
	})
}

func TestCtrlCWhileRinging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.add("alice", "alice"), w.add("bob", "bob")
		w.up()
		ended := make(chan call.End, 1)
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			in, _ := bob.Accept(t.Context())
			in.Ring()
			<-time.After(time.Second)
			cancel(call.ErrHungUp)
			<-in.Done()
			ended <- in.End()
		}()
		if _, err := alice.Dial(ctx, bob.ID(), call.Setup{}); call.ReasonOf(err) != call.Cancelled {
			t.Errorf("the caller is told %v", err)
		}
		if end := <-ended; end.Reason != call.Cancelled {
			t.Errorf("the called side is told %v", end.Reason)
		}
	})
}

func TestTextsArriveFromWhoSentThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.add("alice", "alice"), w.add("bob", "bob")
		w.up()
		if err := alice.SendText(t.Context(), bob.ID(), call.Text{ID: 1, Body: "héllo"}); err != nil {
			t.Fatal(err)
		}
		if got := <-bob.Texts(); got.Body != "héllo" || got.From.ID != alice.ID() {
			t.Errorf("got %+v", got)
		}
		if err := alice.SendText(t.Context(), bob.ID(), call.Text{ID: 1, Body: strings.Repeat("x", maxText+1)}); err == nil {
			t.Error("a text that is too long was sent")
		}
	})
}

func TestDisplayNames(t *testing.T) {
	for in, want := range map[string]string{
		"Alice":                  "Alice",
		"  a\r\nb\x00 ":          "a  b",
		strings.Repeat("é", 100): strings.Repeat("é", 64),
		"bad\xff":                "bad",
	} {
		if got := displayName(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}
