// SPDX-License-Identifier: GPL-3.0-or-later

package call_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/sip"
)

// Our hold towards Jami is written as Jami's are: without ICE, with new keys.
func TestOurHoldOfJami(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, first := calledByJami(t, recorded(t, "2026-call-audio-01-sent-INVITE"))
		defer j.leg.Hangup(t.Context())
		answers := map[string][]byte{
			"a=sendonly": []byte(strings.Replace(string(recorded(t, "2026-call-audio-07-rcvd-200-INVITE")), "a=sendrecv", "a=recvonly", 1)),
			"a=sendrecv": recorded(t, "2026-call-audio-07-rcvd-200-INVITE"),
		}
		var offers []string
		go func() {
			for event := range j.session.Events() {
				if e, ok := event.(*sip.ReInvite); ok {
					offers = append(offers, string(e.Offer))
					for direction, answer := range answers {
						if strings.Contains(string(e.Offer), direction) {
							e.Answer(t.Context(), answer)
						}
					}
				}
			}
		}()
		if err := j.leg.Hold(t.Context()); err != nil || !j.leg.Held() {
			t.Errorf("hold: %v", err)
		}
		if err := j.leg.Resume(t.Context()); err != nil || j.leg.Held() {
			t.Errorf("resume: %v", err)
		}
		synctest.Wait()
		if len(offers) != 2 {
			t.Fatalf("%d offers", len(offers))
		}
		for i, direction := range []string{"a=sendonly", "a=sendrecv"} {
			has(t, offers[i], "m=audio 9 RTP/SAVP 104 101", direction)
			if speaksICE(offers[i]) || keyIn(t, offers[i]) == keyIn(t, first) {
				t.Errorf("offered\n%s", offers[i])
			}
		}
		if _, all := j.hears(keyIn(t, first)); !all {
			t.Error("a far end that was not heard under new keys cannot open what we send")
		}
	})
}

// Both ends hold at the same moment, again and again: each of the offers gets through (RFC 3261 section
// 14.1), and the one who waits for the longer time answers meanwhile.
func TestHoldsThatCross(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		a, b, _, _ := establish(t, e)
		for range 5 {
			for name, change := range map[string]func(*call.Leg) error{
				"hold":   func(l *call.Leg) error { return l.Hold(t.Context()) },
				"resume": func(l *call.Leg) error { return l.Resume(t.Context()) },
			} {
				results := make(chan error, 2)
				begin := time.Now()
				go func() { results <- change(a) }()
				go func() { results <- change(b) }()
				if err := errors.Join(<-results, <-results); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if took := time.Since(begin); took > 5*time.Second {
					t.Errorf("%s took %v: the first wait should be enough", name, took)
				}
			}
		}
		a.Hangup(t.Context())
	})
}

// While ours waits to be offered again, the far end's offer is answered.
func TestAnOfferWhileOursWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := calledByJami(t, recorded(t, "2026-call-audio-01-sent-INVITE"))
		defer j.leg.Hangup(t.Context())
		hold := recorded(t, "2026-call-audio-06-sent-INVITE")
		refused := make(chan struct{})
		go func() {
			tries := 0
			for event := range j.session.Events() {
				e, ok := event.(*sip.ReInvite)
				if !ok {
					continue
				}
				if tries++; tries == 1 {
					e.Reject(491, "Request Pending")
					close(refused)
					continue
				}
				e.Answer(t.Context(), recorded(t, "2026-call-audio-07-rcvd-200-INVITE"))
			}
		}()
		done := make(chan error, 1)
		go func() { done <- j.leg.Hold(t.Context()) }()
		<-refused
		if _, err := j.session.Propose(t.Context(), hold); err != nil {
			t.Errorf("an offer while ours waits: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("our hold: %v", err)
		}
	})
}

// A far end that hangs up while a new way is looked for is noticed at once.
func TestAHangupDuringARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := calledByJami(t, recorded(t, "2026-call-audio-01-sent-INVITE"))
		j.reoffer(recorded(t, "2026-call-audio-09-sent-INVITE"))
		begin := time.Now()
		if err := j.session.Bye(t.Context(), sip.Reason{}); err != nil {
			t.Error(err)
		}
		<-j.leg.Done()
		if end := j.leg.End(); end.Reason != call.HungUp || time.Since(begin) > time.Second {
			t.Errorf("ended after %v as %+v", time.Since(begin), end)
		}
	})
}

// Without a way to its new transport the far end cannot be heard any more.
func TestARestartThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := calledByJami(t, recorded(t, "2026-call-audio-01-sent-INVITE"))
		j.reoffer(recorded(t, "2026-call-audio-09-sent-INVITE"))
		close(j.way.closed) // every Connect fails now
		j.way.once.Do(func() {})
		<-j.leg.Done()
		if end := j.leg.End(); end.Reason != call.ConnectionLost {
			t.Errorf("ended as %+v", end)
		}
	})
}

// A far end that does not answer a hold is held all the same, until it is given up.
func TestAHoldThatIsNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		a, _, _, heardB := establish(t, e)
		<-time.After(time.Second)
		e.a.Silence()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- a.Hold(ctx) }()
		<-time.After(time.Second)
		if p := heardB.Purity(440, time.Second); p > 0.1 || !a.Held() {
			t.Errorf("b hears the tone of a with purity %.2f", p)
		}
		if err := <-done; err == nil || a.Held() {
			t.Errorf("the hold ended with %v", err)
		}
		<-time.After(time.Second)
		if p := heardB.Purity(440, time.Second); p < 0.9 {
			t.Errorf("b hears the tone of a with purity %.2f", p)
		}
	})
}
