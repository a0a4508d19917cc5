// SPDX-License-Identifier: GPL-3.0-or-later

package icepath

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/link/linktest"
	"bellwire/media/sdp"
)

// restarting is the far end as Jami does it: another path with another set of agents, in the same
// session.
func restarting(e *end) *end {
	again := &end{Path: New(e.cfg), negotiator: e.negotiator, rtp: e.rtp, rtcp: e.rtcp}
	again.Receive(func(p []byte) { e.rtp <- string(p) }, func(p []byte) { e.rtcp <- string(p) })
	return again
}

func TestOurLaterOffersKeepTheTransport(t *testing.T) {
	onLAN(t, sdp.Jami(), func(t *testing.T, _ *linktest.LAN, a, b *end) {
		exchange(t, a, b)
		before := a.current.Load()
		for _, way := range [][2]*end{{a, b}, {b, a}} {
			offer, answer := exchange(t, way[0], way[1])
			for _, text := range []string{string(offer), string(answer)} {
				if strings.Contains(text, "ice-") || strings.Contains(text, "candidate") {
					t.Errorf("a later description speaks of ICE:\n%s", text)
				}
				if strings.Contains(text, "m=audio 9 ") || !strings.Contains(text, "c=IN IP4 10.0.0.") {
					t.Errorf("a later description has no address:\n%s", text)
				}
			}
		}
		if a.current.Load() != before {
			t.Error("the transport was changed")
		}
		carries(t, a, b)
	})
}

func TestRestart(t *testing.T) {
	onLAN(t, sdp.Jami(), func(t *testing.T, _ *linktest.LAN, a, b *end) {
		exchange(t, a, b)
		for range 3 {
			former := a.current.Load()
			again := restarting(b)
			t.Cleanup(func() { again.Close() })
			offer, err := again.offer(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			answer, answered, err := a.answer(t.Context(), offer)
			if err != nil {
				t.Fatal(err)
			}
			if !written.Match(answer) {
				t.Errorf("the answer to a restart is\n%s", answer)
			}
			connected := make(chan error, 1)
			go func() { connected <- a.Connect(t.Context(), answered) }()
			synctest.Wait()
			carries(t, a, b) // over the transport before
			agreed, err := again.negotiator.Answered(answer)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(again.Connect(t.Context(), agreed), <-connected); err != nil {
				t.Fatal(err)
			}
			carries(t, a, again)
			select {
			case <-former.gone:
			default:
				t.Error("the transport before is open")
			}
			b.Close()
			carries(t, a, again)
			b = again
		}
	})
}

// The same credentials again are no restart (RFC 8839, section 4.4.1.1): the answer repeats ours.
func TestARepeatedDescription(t *testing.T) {
	onLAN(t, sdp.Jami(), func(t *testing.T, _ *linktest.LAN, a, b *end) {
		offer, answer := exchange(t, a, b)
		before := b.current.Load()
		again, agreed, err := b.answer(t.Context(), offer)
		if err != nil {
			t.Fatal(err)
		}
		if credentials(again) != credentials(answer) {
			t.Errorf("answered first\n%s\nand then\n%s", answer, again)
		}
		if err := b.Connect(t.Context(), agreed); err != nil || b.current.Load() != before {
			t.Errorf("connected anew: %v", err)
		}
		carries(t, a, b)
	})
}

func credentials(description []byte) string {
	_, rest, _ := strings.Cut(string(description), "a=ice-ufrag:")
	return rest[:strings.Index(rest, "m=")]
}

// A restart that is refused, or overtaken by another, leaves the transport as it was.
func TestARestartThatComesToNothing(t *testing.T) {
	onLAN(t, sdp.Jami(), func(t *testing.T, lan *linktest.LAN, a, b *end) {
		exchange(t, a, b)
		lost, again := restarting(b), restarting(b)
		defer lost.Close()
		defer again.Close()
		offer, err := lost.offer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := a.answer(t.Context(), offer); err != nil { // never connected
			t.Fatal(err)
		}
		carries(t, a, b)
		exchange(t, a, b) // without ICE: nothing waits for what was not connected
		_, dead, err := a.answer(t.Context(), offer)
		if err != nil {
			t.Fatal(err)
		}
		first := make(chan error, 1)
		go func() { first <- a.Connect(t.Context(), dead) }()
		time.Sleep(5 * time.Second)
		carries(t, a, b)
		exchange(t, again, a)
		if err := <-first; err != nil {
			t.Errorf("a restart that was overtaken fails: %v", err)
		}
		carries(t, a, again)
	})
}
