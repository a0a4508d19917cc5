// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// establish makes a call from a (440 Hz) to b (660 Hz).
func establish(t *testing.T, e *ends) (a, b *Leg, heardA, heardB *ear) {
	t.Helper()
	ctx := t.Context()
	heardA, heardB = &ear{}, &ear{}
	answered := make(chan *Leg, 1)
	go func() {
		in := e.next(ctx)
		leg, err := in.Answer(ctx, Setup{Source: &tone{hz: 660}, Sink: heardB})
		if err != nil {
			t.Error(err)
		}
		answered <- leg
	}()
	a, err := Invite(ctx, e.outgoing(), Setup{Source: &tone{hz: 440}, Sink: heardA})
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
		if p := heardB.purity(440, time.Second); p < 0.9 {
			t.Errorf("b hears the tone of a with purity %.2f", p)
		}
		if p := heardA.purity(660, time.Second); p < 0.9 {
			t.Errorf("a hears the tone of b with purity %.2f", p)
		}
		if p := heardA.purity(440, time.Second); p > 0.1 {
			t.Errorf("a hears its own tone with purity %.2f", p)
		}
		if err := a.Hangup(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-a.Done()
		<-b.Done()
		if end := a.End(); end.Reason != HungUp || !end.Local {
			t.Errorf("a ended as %+v", end)
		}
		if end := b.End(); end.Reason != HungUp || end.Local {
			t.Errorf("b ended as %+v", end)
		}
		for name, s := range map[string]*Leg{"a": a, "b": b} {
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
		var states []State
		go func() {
			in := e.next(t.Context())
			in.Ring()
			<-time.After(3 * time.Second)
			in.Answer(t.Context(), Setup{})
		}()
		leg, err := Invite(t.Context(), e.outgoing(), Setup{Progress: func(s State) { states = append(states, s) }})
		if err != nil {
			t.Fatal(err)
		}
		if want := []State{Trying, Ringing}; !slices.Equal(states, want) {
			t.Errorf("progress %v, want %v", states, want)
		}
		leg.Hangup(t.Context())
	})
}

func TestARefusalIsItsReason(t *testing.T) {
	for _, reason := range []Reason{Busy, Declined, NotFound, NotAcceptable, NoAnswer, NotAuthenticated} {
		t.Run(reason.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEnds(t)
				go func() { e.next(t.Context()).Reject(reason) }()
				_, err := Invite(t.Context(), e.outgoing(), Setup{})
				if ReasonOf(err) != reason {
					t.Errorf("refused as %v, want %v", err, reason)
				}
			})
		})
	}
}

func TestGivingUpTellsTheOtherSide(t *testing.T) {
	for _, c := range []struct {
		name         string
		cause        error
		caller, call Reason
	}{
		{"the caller hangs up", ErrHungUp, Cancelled, Cancelled},
		{"another device answered", ErrElsewhere, Elsewhere, Elsewhere},
		{"nobody answers", context.DeadlineExceeded, NoAnswer, Cancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEnds(t)
				ctx, cancel := context.WithCancelCause(t.Context())
				ended := make(chan End, 1)
				go func() {
					in := e.next(t.Context())
					in.Ring()
					<-time.After(time.Second)
					cancel(c.cause)
					<-in.Done()
					ended <- in.End()
				}()
				_, err := Invite(ctx, e.outgoing(), Setup{})
				if ReasonOf(err) != c.caller {
					t.Errorf("the caller is told %v, want %v", err, c.caller)
				}
				if end := <-ended; end.Reason != c.call {
					t.Errorf("the called side is told %v, want %v", end.Reason, c.call)
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
		if event := <-b.Events(); event != (HeldByPeer{On: true}) {
			t.Errorf("b is told %+v", event)
		}
		<-time.After(time.Second)
		if p := heardB.purity(440, time.Second); p > 0.1 {
			t.Errorf("b hears the tone of a on hold with purity %.2f", p)
		}
		if err := a.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if event := <-b.Events(); event != (HeldByPeer{On: false}) {
			t.Errorf("b is told %+v", event)
		}
		<-time.After(time.Second)
		if p := heardB.purity(440, time.Second); p < 0.9 {
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
				heard = append(heard, event.(Digit).Key)
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
		e.flowB.Close()
		<-a.Done()
		<-b.Done()
		if end := a.End(); end.Reason != ConnectionLost {
			t.Errorf("a ended as %+v", end)
		}
	})
}

func TestACallWithoutCommonSecurityIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		failed := make(chan error, 1)
		go func() {
			in := e.next(t.Context())
			in.leg.talk.terms.Suites = nil
			in.leg.talk.keys = nil
			_, err := in.Answer(t.Context(), Setup{})
			failed <- err
		}()
		_, err := Invite(t.Context(), e.outgoing(), Setup{})
		if ReasonOf(err) != NotAcceptable {
			t.Errorf("the caller is told %v", err)
		}
		if err := <-failed; ReasonOf(err) != NotAcceptable {
			t.Errorf("the called side is told %v", err)
		}
	})
}

func TestAReasonSurvivesWrapping(t *testing.T) {
	err := errors.Join(errors.New("context"), &Error{Reason: Busy, Code: 486})
	if ReasonOf(err) != Busy || ReasonOf(errors.New("other")) != Failed {
		t.Errorf("reasons %v and %v", ReasonOf(err), ReasonOf(errors.New("other")))
	}
}

func TestParseRelay(t *testing.T) {
	for body, want := range map[string]byte{
		"Signal=5\r\nDuration=250\r\n": '5',
		"signal = #\n":                 '#',
		"Duration=250\r\nSignal=d":     'D',
		"Signal=12\r\n":                0,
		"Signal=\r\n":                  0,
		"":                             0,
	} {
		if key, ok := parseRelay([]byte(body)); key != want || ok != (want != 0) {
			t.Errorf("%q: %q, %v", body, key, ok)
		}
	}
}
