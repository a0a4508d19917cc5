// SPDX-License-Identifier: GPL-3.0-or-later

package icepath

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"bellwire/link/linktest"
	"bellwire/media/path"
	"bellwire/media/sdp"
)

// written are the lines of a description in which addresses stand, in the form Jami has them.
var written = regexp.MustCompile(`(?s)^v=0\r
o=- \d+ \d+ IN IP4 10\.0\.0\.\d\r
s=-\r
c=IN IP4 10\.0\.0\.\d\r
t=0 0\r
a=ice-ufrag:\S{8}\r
a=ice-pwd:\S{24}\r
m=audio [1-9]\d+ RTP/SAVP 104\r
a=rtpmap:104 opus/48000/2\r
a=rtcp:[1-9]\d+ IN IP4 10\.0\.0\.\d\r
a=sendrecv\r
a=crypto:1 \S+ \S+\r
a=candidate:H\S+ 1 UDP 2130706431 10\.0\.0\.\d \d+ typ host\r
a=candidate:H\S+ 2 UDP 2130706430 10\.0\.0\.\d \d+ typ host\r
$`)

func TestTwoComponents(t *testing.T) {
	onLAN(t, sdp.Jami(), func(t *testing.T, _ *linktest.LAN, a, b *end) {
		begin := time.Now()
		offer, answer := exchange(t, a, b)
		if took := time.Since(begin); took > 100*time.Millisecond {
			t.Errorf("connecting took %v, want little more than two round trips of 40 ms", took)
		}
		for _, text := range []string{string(offer), string(answer)} {
			if !written.MatchString(text) {
				t.Errorf("the description is\n%s", text)
			}
		}
		carries(t, a, b)
		if a.SSRC() != 0 {
			t.Error("a source is announced")
		}
	})
}

func TestPacketsBeforeThePathAreDropped(t *testing.T) {
	onLAN(t, sdp.Jami(), func(t *testing.T, _ *linktest.LAN, a, _ *end) {
		if err := errors.Join(a.WriteRTP([]byte("x")), a.WriteRTCP([]byte("x"))); err != nil {
			t.Error(err)
		}
		a.Close()
		if err := a.WriteRTP([]byte("x")); !errors.Is(err, path.ErrClosed) {
			t.Errorf("a closed path says %v", err)
		}
		if _, err := a.offer(t.Context()); !errors.Is(err, path.ErrClosed) {
			t.Errorf("a closed path is described: %v", err)
		}
	})
}

func TestMux(t *testing.T) {
	profile := sdp.Jami()
	profile.Mux = true
	onLAN(t, profile, func(t *testing.T, _ *linktest.LAN, a, b *end) {
		_, answer := exchange(t, a, b)
		if strings.Contains(string(answer), " 2 UDP ") {
			t.Errorf("an answer that shares one component describes a second:\n%s", answer)
		}
		carries(t, a, b)
		if n := len(a.current.Load().agents); n != 1 {
			t.Errorf("%d components are kept", n)
		}
	})
}

func TestAFarEndWithoutICE(t *testing.T) {
	onLAN(t, sdp.Jami(), func(t *testing.T, _ *linktest.LAN, a, b *end) {
		plain := sdp.NewNegotiator(sdp.Jami(), 3)
		offer, err := plain.Offer(local())
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.answer(t.Context(), offer); !errors.Is(err, errNoICE) {
			t.Errorf("an offer without ICE is answered: %v", err)
		}
		if offer, err = a.offer(t.Context()); err != nil {
			t.Fatal(err)
		}
		answer, _, err := plain.Answer(offer, local())
		if err != nil {
			t.Fatal(err)
		}
		agreed, err := a.negotiator.Answered(answer)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Connect(t.Context(), agreed); !errors.Is(err, errNoICE) {
			t.Errorf("an answer without ICE connects: %v", err)
		}
	})
}

// reached makes an offer of a's and b's answer, without connecting b.
func reached(t *testing.T, a, b *end) *sdp.Agreement {
	t.Helper()
	offer, err := a.offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, _, err := b.answer(t.Context(), offer)
	if err != nil {
		t.Fatal(err)
	}
	agreed, err := a.negotiator.Answered(answer)
	if err != nil {
		t.Fatal(err)
	}
	return agreed
}

func TestConnectEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(a *end, cancel context.CancelFunc)
		want  error
		after time.Duration
	}{
		"after a minute":       {func(*end, context.CancelFunc) {}, errNoWay, time.Minute},
		"with its context":     {func(_ *end, cancel context.CancelFunc) { cancel() }, context.Canceled, time.Second},
		"when the path closes": {func(a *end, _ context.CancelFunc) { a.Close() }, path.ErrClosed, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			onLAN(t, sdp.Jami(), func(t *testing.T, lan *linktest.LAN, a, b *end) {
				agreed := reached(t, a, b)
				lan.Cut()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(time.Second, func() { c.end(a, cancel) })
				begin := time.Now()
				if err := a.Connect(ctx, agreed); !errors.Is(err, c.want) {
					t.Errorf("it ends with %v, want %v", err, c.want)
				}
				if took := time.Since(begin); took.Round(time.Second) != c.after {
					t.Errorf("it ends after %v, want %v", took, c.after)
				}
			})
		})
	}
}

// A component that no way leads to keeps the whole path from being used.
func TestBothComponentsAreNeeded(t *testing.T) {
	onLAN(t, sdp.Jami(), func(t *testing.T, _ *linktest.LAN, a, b *end) {
		offer, err := a.offer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		answer, answered, err := b.answer(t.Context(), offer)
		if err != nil {
			t.Fatal(err)
		}
		b.described.agents[rtcpComponent].Close()
		if err := b.Connect(t.Context(), answered); err == nil {
			t.Error("it connects without the agent of a component")
		}
		agreed, err := a.negotiator.Answered(answer)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := a.Connect(ctx, agreed); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it connects with one component: %v", err)
		}
	})
}
