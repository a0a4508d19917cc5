// SPDX-License-Identifier: GPL-3.0-or-later

package icepath

import (
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/call/calltest"
	"bellwire/internal/leak"
	"bellwire/link/ice"
	"bellwire/link/linktest"
	"bellwire/media/sdp"
	"bellwire/media/srtp"
)

// A call by the rules of Jami between two ends, each with an ICE of its own.
func TestACall(t *testing.T) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		lan := &linktest.LAN{Delay: 20 * time.Millisecond}
		lan.Start(t)
		near, far := ice.Config{Net: lan.Host(t, "10.0.0.1")}, ice.Config{Net: lan.Host(t, "10.0.0.2")}
		lan.Up(t)
		a, b := calltest.NewLines(t)
		for line, cfg := range map[*calltest.Line]ice.Config{a: near, b: far} {
			line.Path = New(cfg)
			line.Terms.Profile = sdp.Jami()
			line.Terms.Suites = []srtp.Suite{srtp.AESCM128SHA1_80, srtp.AESCM128SHA1_32}
			line.Terms.PlainRTCP, line.Terms.FreshKeys, line.Terms.DigitsByInfo = true, true, true
		}
		heardA, heardB := &calltest.Ear{}, &calltest.Ear{}
		answered := make(chan *call.Leg, 1)
		go func() {
			leg, err := b.Next(t.Context()).Answer(t.Context(), call.Setup{Source: &calltest.Tone{Hz: 660}, Sink: heardB})
			if err != nil {
				t.Error(err)
			}
			answered <- leg
		}()
		legA, err := a.Dial(t.Context(), "b", call.Setup{Source: &calltest.Tone{Hz: 440}, Sink: heardA})
		if err != nil {
			t.Fatal(err)
		}
		legB := <-answered
		sounds := func(when string) {
			t.Helper()
			<-time.After(time.Second)
			if p := heardB.Purity(440, time.Second); p < 0.9 {
				t.Errorf("%s b hears the tone of a with purity %.2f", when, p)
			}
			if p := heardA.Purity(660, time.Second); p < 0.9 {
				t.Errorf("%s a hears the tone of b with purity %.2f", when, p)
			}
		}
		sounds("at first")
		if err := legA.SendDigits(t.Context(), "7"); err != nil {
			t.Error(err)
		}
		if event := <-legB.Events(); event != (call.Digit{Key: '7'}) {
			t.Errorf("b is told %+v", event)
		}
		for _, holder := range []*call.Leg{legA, legB} {
			if err := holder.Hold(t.Context()); err != nil {
				t.Fatal(err)
			}
			<-time.After(30 * time.Second)
			if p := heardB.Purity(440, time.Second); p > 0.1 {
				t.Errorf("on hold b hears the tone of a with purity %.2f", p)
			}
			if err := holder.Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
			sounds("after a hold")
		}
		stats := legB.Stats()
		if stats.SRTP != "AES_CM_128_HMAC_SHA1_80" || stats.Refused != 0 || stats.Lost != 0 || stats.RTT < 39*time.Millisecond {
			t.Errorf("%+v", stats)
		}
		if err := legA.Hangup(t.Context()); err != nil {
			t.Error(err)
		}
		<-legB.Done()
	})
}
