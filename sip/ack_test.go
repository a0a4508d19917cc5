// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"errors"
	"testing"
	"time"
)

// answering answers in the background and returns how that ended.
func answering(t testing.TB, s *Session) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := s.Answer(t.Context(), []byte("answer"))
		done <- err
	}()
	return done
}

// RFC 3261 section 13.3.1.4: the 200 comes again at T1, doubling up to T2, until the ACK.
func TestAnswerIsRepeated(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s := peer.invite(u, "c1")
		start := time.Now()
		done := answering(t, s)
		var tag string
		for _, at := range []float64{0, 0.5, 1.5, 3.5, 7.5, 11.5} {
			tag = peer.expect("SIP/2.0 200").toTag()
			if got := time.Since(start).Seconds(); got != at {
				t.Errorf("200 after %v s, want %v", got, at)
			}
		}
		// An ACK for another INVITE does not count; the right one ends it, repeated or not.
		peer.requestVia("ACK", "z9hG4bK-a", "c1", tag, 7, "", "")
		peer.expect("SIP/2.0 200")
		peer.requestVia("ACK", "z9hG4bK-b", "c1", tag, 1, "", "")
		if err := <-done; err != nil {
			t.Error(err)
		}
		peer.requestVia("ACK", "z9hG4bK-b", "c1", tag, 1, "", "")
		peer.silence(time.Minute)
	})
}

func TestNoACK(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s := peer.invite(u, "c1")
		start := time.Now()
		done := answering(t, s)
		for time.Since(start) < 31*time.Second {
			peer.expect("SIP/2.0 200")
		}
		bye := peer.expect("BYE")
		if time.Since(start) != 32*time.Second {
			t.Errorf("BYE after %v", time.Since(start))
		}
		peer.reply(bye, 200, "", "", "")
		if err := <-done; !errors.Is(err, ErrSessionEnded) {
			t.Error(err)
		}
		if e := next[Ended](t, s); e.Code != 408 || !errors.Is(e.Err, ErrTimeout) {
			t.Errorf("%+v", e)
		}
	})
}

// We hang up between our answer and its ACK: the BYE waits for the ACK (RFC 3261 section 15), the user does not.
func TestByeWaitsForACK(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s := peer.invite(u, "c1")
		done := answering(t, s)
		tag := peer.expect("SIP/2.0 200").toTag()
		bye := make(chan error, 1)
		go func() { bye <- s.Bye(soon(t), Reason{}) }()
		if e := next[Ended](t, s); !e.Local {
			t.Errorf("%+v", e)
		}
		if err := <-done; !errors.Is(err, ErrSessionEnded) {
			t.Error(err)
		}
		peer.expect("SIP/2.0 200")
		peer.requestVia("ACK", "z9hG4bK-a", "c1", tag, 1, "", "")
		peer.reply(peer.expect("BYE"), 200, "", "", "")
		if err := <-bye; err != nil {
			t.Error(err)
		}
	})
}

func TestByeBeforeACK(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s := peer.invite(u, "c1")
		done := answering(t, s)
		tag := peer.expect("SIP/2.0 200").toTag()
		peer.request("BYE", "c1", tag, 2, "Reason: Q.850;cause=16", "")
		peer.expect("SIP/2.0 200")
		if err := <-done; !errors.Is(err, ErrSessionEnded) {
			t.Error(err)
		}
		if e := next[Ended](t, s); e.Code != 200 || e.Local || e.Reason.Cause != 16 {
			t.Errorf("%+v", e)
		}
		peer.requestVia("ACK", "z9hG4bK-a", "c1", tag, 1, "", "") // late
		peer.silence(time.Minute)
	})
}

// Our ACK was lost: the 200 comes again, even long after, and is acknowledged again with the same body.
func TestRepeatedAnswerIsAcknowledgedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, f := newRaw(t, u)
		s := new(pair).dial(t, f)
		invite := peer.expect("INVITE")
		peer.reply(invite, 200, "x", rawContact, "answer")
		first := peer.expect("ACK sips:raw@10.77.0.13:5061;transport=tls ")
		time.Sleep(time.Minute)
		peer.reply(invite, 200, "x", rawContact, "answer")
		if again := peer.expect("ACK"); again.via.branch != first.via.branch {
			t.Error("another ACK")
		}
		if r := final(t, s); r.Code != 200 {
			t.Errorf("%+v", r)
		}
		peer.request("BYE", s.ID(), "x", 1, "", "")
		peer.expect("SIP/2.0 481") // From and To the wrong way round: not this dialog
		select {
		case e := <-s.Events():
			t.Errorf("%+v", e)
		default:
		}
	})
}

// Both hang up at once: both BYEs are answered 200 and both sides see one end.
func TestByesCross(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s, tag := peer.established(u, "c1")
		done := make(chan error, 1)
		go func() { done <- s.Bye(soon(t), Reason{}) }()
		bye := peer.expect("BYE")
		peer.request("BYE", "c1", tag, 2, "", "")
		peer.expect("SIP/2.0 200")
		peer.reply(bye, 200, "", "", "")
		if err := <-done; err != nil {
			t.Error(err)
		}
		if e := next[Ended](t, s); !e.Local {
			t.Errorf("%+v", e)
		}
		peer.request("BYE", "c1", tag, 3, "", "")
		peer.expect("SIP/2.0 481")
	})
}

// One INVITE reached two devices through a proxy: both ring, both answer. The first is kept, the other let go.
func TestForkedInvite(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, f := newRaw(t, u)
		s := new(pair).dial(t, f)
		invite := peer.expect("INVITE")
		const one, two = "Contact: <sips:one@h>", "Contact: <sips:two@h>\nRecord-Route: <sip:p2@h;lr>, <sip:p1@h;lr>"
		peer.reply(invite, 180, "one", one, "")
		peer.reply(invite, 183, "two", two, "early two")
		peer.reply(invite, 200, "two", two, "answer two")
		ack := peer.expect("ACK sips:two@h ")
		if routes := ack.head.all("route"); len(routes) != 2 || routes[0] != "<sip:p1@h;lr>" || ack.toTag() != "two" {
			t.Errorf("routes %q to %q", routes, ack.toTag())
		}
		peer.reply(invite, 200, "one", one, "answer one")
		if ack := peer.expect("ACK sips:one@h "); ack.toTag() != "one" {
			t.Errorf("ACK to %q", ack.toTag())
		}
		bye := peer.expect("BYE sips:one@h ")
		peer.reply(invite, 200, "one", one, "answer one")
		peer.expect("ACK sips:one@h ")
		peer.reply(bye, 200, "", "", "")
		var tags []string
		for r := range s.Responses() {
			tags = append(tags, r.Tag)
		}
		if len(tags) != 3 || tags[0] != "one" || tags[1] != "two" || tags[2] != "two" {
			t.Errorf("tags %q", tags)
		}
		go s.Bye(t.Context(), Reason{})
		peer.expect("BYE sips:two@h ")
	})
}

func TestStrictRouter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, f := newRaw(t, u)
		new(pair).dial(t, f)
		peer.reply(peer.expect("INVITE"), 200, "x", rawContact+"\nRecord-Route: <sip:strict@h>", "answer")
		ack := peer.expect("ACK sip:strict@h ")
		if routes := ack.head.all("route"); len(routes) != 1 || routes[0] != "<sips:raw@10.77.0.13:5061;transport=tls>" {
			t.Errorf("routes %q", routes)
		}
	})
}
