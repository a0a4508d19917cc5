// SPDX-License-Identifier: GPL-3.0-or-later

package call_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/call/calltest"
	"bellwire/media/srtp"
)

// ends are two ends of a wire.
type ends struct{ a, b *calltest.Line }

func newEnds(t *testing.T) *ends {
	t.Helper()
	a, b := calltest.NewLines(t)
	return &ends{a, b}
}

// establish makes a call from a (440 Hz) to b (660 Hz).
func establish(t *testing.T, e *ends) (a, b *call.Leg, heardA, heardB *calltest.Ear) {
	t.Helper()
	ctx := t.Context()
	heardA, heardB = &calltest.Ear{}, &calltest.Ear{}
	answered := make(chan *call.Leg, 1)
	go func() {
		in := e.b.Next(ctx)
		leg, err := in.Answer(ctx, call.Setup{Source: &calltest.Tone{Hz: 660}, Sink: heardB})
		if err != nil {
			t.Error(err)
		}
		answered <- leg
	}()
	a, err := e.a.Dial(ctx, "b", call.Setup{Source: &calltest.Tone{Hz: 440}, Sink: heardA})
	if err != nil {
		t.Fatal(err)
	}
	b = <-answered
	if t.Failed() {
		t.FailNow()
	}
	return a, b, heardA, heardB
}

func TestACallCarriesSoundBothWaysAndIsHungUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		a, b, heardA, heardB := establish(t, e)
		<-time.After(time.Second) // the buffers fill
		if p := heardB.Purity(440, time.Second); p < 0.9 {
			t.Errorf("b hears the tone of a with purity %.2f", p)
		}
		if p := heardA.Purity(660, time.Second); p < 0.9 {
			t.Errorf("a hears the tone of b with purity %.2f", p)
		}
		if p := heardA.Purity(440, time.Second); p > 0.1 {
			t.Errorf("a hears its own tone with purity %.2f", p)
		}
		if err := a.Hangup(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-a.Done()
		<-b.Done()
		if end := a.End(); end.Reason != call.HungUp || !end.Local {
			t.Errorf("a ended as %+v", end)
		}
		if end := b.End(); end.Reason != call.HungUp || end.Local {
			t.Errorf("b ended as %+v", end)
		}
		for name, s := range map[string]*call.Leg{"a": a, "b": b} {
			stats := s.Stats()
			if stats.SRTP != "AEAD_AES_128_GCM" || stats.Received < 150 || stats.Lost != 0 {
				t.Errorf("%s: %+v", name, stats)
			}
		}
	})
}

func TestProgressIsToldInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		var states []call.State
		go func() {
			in := e.b.Next(t.Context())
			in.Ring()
			<-time.After(3 * time.Second)
			in.Answer(t.Context(), call.Setup{})
		}()
		leg, err := e.a.Dial(t.Context(), "b", call.Setup{Progress: func(s call.State) { states = append(states, s) }})
		if err != nil {
			t.Fatal(err)
		}
		if want := []call.State{call.Trying, call.Ringing}; !slices.Equal(states, want) {
			t.Errorf("progress %v, want %v", states, want)
		}
		leg.Hangup(t.Context())
	})
}

func TestARefusalIsItsReason(t *testing.T) {
	for _, reason := range []call.Reason{call.Busy, call.Declined, call.NotFound, call.NotAcceptable, call.NoAnswer, call.NotAuthenticated} {
		t.Run(reason.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEnds(t)
				go func() { e.b.Next(t.Context()).Reject(reason) }()
				_, err := e.a.Dial(t.Context(), "b", call.Setup{})
				if call.ReasonOf(err) != reason {
					t.Errorf("refused as %v, want %v", err, reason)
				}
			})
		})
	}
}

func TestGivingUpTellsTheOtherSide(t *testing.T) {
	for _, c := range []struct {
		name           string
		cause          error
		caller, callee call.Reason
	}{
		{"the caller hangs up", call.ErrHungUp, call.Cancelled, call.Cancelled},
		{"another device answered", call.ErrElsewhere, call.Elsewhere, call.Elsewhere},
		{"nobody answers", context.DeadlineExceeded, call.NoAnswer, call.Cancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEnds(t)
				ctx, cancel := context.WithCancelCause(t.Context())
				ended := make(chan call.End, 1)
				go func() {
					in := e.b.Next(t.Context())
					in.Ring()
					<-time.After(time.Second)
					cancel(c.cause)
					<-in.Done()
					ended <- in.End()
				}()
				_, err := e.a.Dial(ctx, "b", call.Setup{})
				if call.ReasonOf(err) != c.caller {
					t.Errorf("the caller is told %v, want %v", err, c.caller)
				}
				if end := <-ended; end.Reason != c.callee {
					t.Errorf("the called side is told %v, want %v", end.Reason, c.callee)
				}
			})
		})
	}
}

func TestHoldSilencesAndResumeBringsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		a, b, _, heardB := establish(t, e)
		<-time.After(time.Second)
		if err := a.Hold(t.Context()); err != nil {
			t.Fatal(err)
		}
		if event := <-b.Events(); event != (call.HeldByPeer{On: true}) {
			t.Errorf("b is told %+v", event)
		}
		<-time.After(time.Second)
		if p := heardB.Purity(440, time.Second); p > 0.1 {
			t.Errorf("b hears the tone of a on hold with purity %.2f", p)
		}
		if err := a.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if event := <-b.Events(); event != (call.HeldByPeer{On: false}) {
			t.Errorf("b is told %+v", event)
		}
		<-time.After(time.Second)
		if p := heardB.Purity(440, time.Second); p < 0.9 {
			t.Errorf("b hears the tone of a after the hold with purity %.2f", p)
		}
		a.Hangup(t.Context())
	})
}

func TestDigitsArriveOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		a, b, _, _ := establish(t, e)
		const keys = "1123456789*0#ABCDD"
		if err := a.SendDigits(t.Context(), keys); err != nil {
			t.Fatal(err)
		}
		var heard []byte
		for len(heard) < len(keys) {
			select {
			case event := <-b.Events():
				heard = append(heard, event.(call.Digit).Key)
			case <-time.After(5 * time.Second):
				t.Fatalf("only %q of %q arrived", heard, keys)
			}
		}
		<-time.After(time.Second)
		select {
		case event := <-b.Events():
			t.Errorf("a further key %+v arrived", event)
		default:
		}
		if string(heard) != keys {
			t.Errorf("heard %q, want %q", heard, keys)
		}
		a.Hangup(t.Context())
	})
}

func TestALostConnectionEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		a, b, _, _ := establish(t, e)
		e.b.Flow.Close()
		<-a.Done()
		<-b.Done()
		if end := a.End(); end.Reason != call.ConnectionLost {
			t.Errorf("a ended as %+v", end)
		}
	})
}

func TestACallWithoutCommonSecurityIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		e.b.Terms.Suites = []srtp.Suite{srtp.AESCM128SHA1_32}
		failed := make(chan error, 1)
		go func() {
			_, err := e.b.Next(t.Context()).Answer(t.Context(), call.Setup{})
			failed <- err
		}()
		_, err := e.a.Dial(t.Context(), "b", call.Setup{})
		if call.ReasonOf(err) != call.NotAcceptable {
			t.Errorf("the caller is told %v", err)
		}
		if err := <-failed; call.ReasonOf(err) != call.NotAcceptable {
			t.Errorf("the called side is told %v", err)
		}
	})
}

func TestAReasonSurvivesWrapping(t *testing.T) {
	err := errors.Join(errors.New("context"), &call.Error{Reason: call.Busy, Code: 486})
	if call.ReasonOf(err) != call.Busy || call.ReasonOf(errors.New("other")) != call.Failed {
		t.Errorf("reasons %v and %v", call.ReasonOf(err), call.ReasonOf(errors.New("other")))
	}
}

// The answer that comes with early sound is the one that counts; the final one repeats it.
func TestEarlySound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		heard := &calltest.Ear{}
		var states []call.State
		go func() {
			session, answer := e.b.NextSession(t.Context())
			session.Progress(answer)
			<-time.After(2 * time.Second)
			session.Answer(t.Context(), answer)
		}()
		leg, err := e.a.Dial(t.Context(), "b", call.Setup{Sink: heard, Progress: func(s call.State) { states = append(states, s) }})
		if err != nil {
			t.Fatal(err)
		}
		if want := []call.State{call.Trying, call.Early}; !slices.Equal(states, want) {
			t.Errorf("progress %v, want %v", states, want)
		}
		leg.Hangup(t.Context())
	})
}
