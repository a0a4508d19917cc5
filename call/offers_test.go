// SPDX-License-Identifier: GPL-3.0-or-later

package call_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/media/rtp"
	"bellwire/media/srtp"
	"bellwire/sip"
)

// heardSource counts how often it is read.
type heardSource struct{ reads atomic.Int32 }

func (s *heardSource) Rate() int { return 8000 }

func (s *heardSource) ReadPCM(dst []int16) (int, error) {
	s.reads.Add(1)
	return len(dst), nil
}

// A caller cannot bring the sound up before we have answered: it would be without our source and sink, for
// as long as the call lasts.
func TestAnOfferBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ours, theirs := newUA(t), newUA(t)
		if _, err := ours.Attach(near, nil); err != nil {
			t.Fatal(err)
		}
		flow, err := theirs.Attach(far, nil)
		if err != nil {
			t.Fatal(err)
		}
		var legs sync.WaitGroup
		defer func() { ours.Close(); theirs.Close(); legs.Wait() }()
		w := newWay()
		answer := make(chan struct{})
		source := &heardSource{}
		answered := make(chan *call.Leg, 1)
		go func() {
			session, err := ours.Accept(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			in, err := call.NewIncoming(session, call.Ground{
				Path: w, Terms: jamiTerms(), Spawn: func(work func()) bool { legs.Go(work); return true },
			})
			if err != nil {
				t.Error(err)
				return
			}
			in.Ring()
			<-answer
			leg, err := in.Answer(t.Context(), call.Setup{Source: source})
			if err != nil {
				t.Error(err)
			}
			answered <- leg
		}()
		invite := sip.Invite(sip.Request{
			From: sip.Address{URI: sip.URI{User: "a", Host: "ring.dht"}}, To: sip.Address{URI: sip.URI{Scheme: "sips", User: "b", Host: "192.0.2.1"}},
		})
		invite.ContentType, invite.Body = "application/sdp", recorded(t, "2026-call-audio-01-sent-INVITE")
		session, err := flow.Invite(t.Context(), invite)
		if err != nil {
			t.Fatal(err)
		}
		for r := range session.Responses() {
			if r.Code == 180 {
				break
			}
		}
		var refused *sip.StatusError
		if _, err := session.Update(t.Context(), recorded(t, "2026-call-audio-06-sent-INVITE")); !errors.As(err, &refused) || refused.Code != 500 {
			t.Errorf("an offer before the answer: %v", err)
		}
		<-time.After(time.Second)
		if n := len(w.sent); n > 0 {
			t.Errorf("%d packets were sent before the answer", n)
		}
		close(answer)
		leg := <-answered
		<-time.After(time.Second)
		if source.reads.Load() == 0 {
			t.Error("an answered call sends nothing of ours")
		}
		if leg != nil {
			leg.Hangup(t.Context())
		}
	})
}

// A far end that begins anew again and again, and is never found, does not make us wait many times.
func TestManyRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := calledByJami(t, recorded(t, "2026-call-audio-01-sent-INVITE"))
		defer j.leg.Hangup(t.Context())
		offer := string(recorded(t, "2026-call-audio-09-sent-INVITE"))
		_, rest, _ := strings.Cut(offer, "a=ice-ufrag:")
		ufrag, _, _ := strings.Cut(rest, "\r\n")
		before := runtime.NumGoroutine()
		for i := range 200 {
			j.reoffer([]byte(strings.ReplaceAll(offer, ufrag, fmt.Sprint("again", i))))
		}
		synctest.Wait()
		if n := runtime.NumGoroutine() - before; n > 10 {
			t.Errorf("%d goroutines look for a way", n)
		}
	})
}

// The far end may number the payload types as it likes: sound under our number of telephone events is
// sound, and keys come under its own.
func TestPayloadTypesOfTheFarEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		offer := strings.NewReplacer("104 101", "101 96", ":104 ", ":101 ", ":101 telephone-event", ":96 telephone-event", ":101 0-15", ":96 0-15").
			Replace(string(recorded(t, "2026-call-audio-01-sent-INVITE")))
		j, answer := calledByJami(t, []byte(offer))
		defer j.leg.Hangup(t.Context())
		has(t, answer, "m=audio 9 RTP/SAVP 101 96", "a=rtpmap:101 opus/48000/2", "a=rtpmap:96 telephone-event/8000")
		sealer, err := srtp.NewSealer(srtp.AESCM128SHA1_80, keyIn(t, offer))
		if err != nil {
			t.Fatal(err)
		}
		send := func(payloadType uint8, timestamp uint32, payload []byte) {
			j.sequence++
			h := rtp.Header{PayloadType: payloadType, Sequence: j.sequence, Timestamp: timestamp, SSRC: 1}
			packet, err := sealer.SealRTP(nil, append(h.Append(nil), payload...))
			if err != nil {
				t.Fatal(err)
			}
			(*j.way.rtp.Load())(packet)
		}
		for i := range uint32(3) {
			send(101, 1000+i*960, []byte{1, 0x80, 0, 160})
		}
		send(96, 10000, []byte{5, 0x80, 0, 160})
		synctest.Wait()
		if event := <-j.leg.Events(); event != (call.Digit{Key: '5'}) {
			t.Errorf("we are told %+v", event)
		}
	})
}

// A key that was left for another suite is never taken up again: the numbers of SRTCP packets begin anew
// with each change of the suite, and must not repeat under one key.
func TestSuitesThatTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		terms := jamiTerms()
		terms.FreshKeys, terms.UnsaidHold, terms.PlainRTCP = false, false, false
		terms.Suites = []srtp.Suite{srtp.AEADAES128GCM, srtp.AESCM128SHA1_80}
		offer := string(recorded(t, "2026-call-audio-01-sent-INVITE"))
		_, rest, _ := strings.Cut(offer, "a=crypto:")
		line, _, _ := strings.Cut(rest, "\r\n")
		with := func(suite srtp.Suite) []byte {
			return []byte(strings.Replace(offer, line, "1 "+suite.String()+" "+srtp.NewKey(suite).Inline(), 1))
		}
		ours := func(answer string) string {
			_, rest, _ := strings.Cut(answer, "a=crypto:")
			line, _, _ := strings.Cut(rest, "\r\n")
			return line
		}
		j, answer := called(t, terms, with(srtp.AEADAES128GCM), nil)
		defer j.leg.Hangup(t.Context())
		first := ours(answer)
		j.way.connect <- struct{}{}
		if again := ours(j.reoffer(with(srtp.AEADAES128GCM))); again != first {
			t.Errorf("the key changed with the same suite: %q, %q", first, again)
		}
		j.way.connect <- struct{}{}
		between := ours(j.reoffer(with(srtp.AESCM128SHA1_80)))
		j.way.connect <- struct{}{}
		if again := ours(j.reoffer(with(srtp.AEADAES128GCM))); again == first || !strings.Contains(again, "GCM") || !strings.Contains(between, "AES_CM") {
			t.Errorf("%q, then %q, then %q", first, between, again)
		}
	})
}

// counter is a log that counts its lines.
type counter struct {
	slog.Handler
	lines atomic.Int32
}

func (c *counter) Enabled(context.Context, slog.Level) bool  { return true }
func (c *counter) Handle(context.Context, slog.Record) error { c.lines.Add(1); return nil }
func (c *counter) WithAttrs([]slog.Attr) slog.Handler        { return c }
func (c *counter) WithGroup(string) slog.Handler             { return c }

// Keys that are pressed by the thousand, while the phone rings and nobody reads them, do not fill the log.
func TestAFloodOfKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := &counter{}
		j, _ := called(t, jamiTerms(), recorded(t, "2026-call-audio-01-sent-INVITE"), slog.New(lines))
		defer j.leg.Hangup(t.Context())
		for range 1000 {
			if status, err := j.session.Info(t.Context(), "application/dtmf-relay", []byte("Signal=5\r\n")); err != nil || status != 200 {
				t.Fatal(status, err)
			}
		}
		if n := lines.lines.Load(); n > 10 {
			t.Errorf("%d lines in the log", n)
		}
	})
}
