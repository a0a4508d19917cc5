// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// answerAll answers every offer of the peer with its text behind "re:", until the session ends.
func answerAll(t testing.TB, s *Session) <-chan Ended {
	ended := make(chan Ended, 1)
	go func() {
		for e := range s.Events() {
			switch e := e.(type) {
			case *ReInvite:
				if _, err := e.Answer(context.Background(), append([]byte("re:"), e.Offer...)); err != nil && !errors.Is(err, ErrSessionEnded) {
					t.Error(err)
				}
			case Ended:
				ended <- e
			}
		}
	}()
	return ended
}

func TestReinvite(t *testing.T) {
	type offerer func(*Session, context.Context, []byte) ([]byte, error)
	for name, offer := range map[string]offerer{"re-INVITE": (*Session).Reinvite, "UPDATE": (*Session).Update} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p := newPair(t)
				out, in := p.call(t)
				for _, way := range [][2]*Session{{out, in}, {in, out}} {
					answered := make(chan error, 1)
					for _, text := range []string{"hold", "resume"} {
						go func() {
							e := next[*ReInvite](t, way[1])
							_, err := e.Answer(soon(t), []byte("re:"+string(e.Offer)))
							answered <- err
						}()
						answer, err := offer(way[0], soon(t), []byte(text))
						if err != nil || string(answer) != "re:"+text {
							t.Errorf("%q, %v", answer, err)
						}
						if err := <-answered; err != nil {
							t.Error(err)
						}
					}
					go func() { answered <- next[*ReInvite](t, way[1]).Reject(488, "") }()
					var refused *StatusError
					if _, err := offer(way[0], soon(t), []byte("x")); !errors.As(err, &refused) || refused.Code != 488 {
						t.Errorf("refused: %v", err)
					}
					if err := <-answered; err != nil {
						t.Error(err)
					}
				}
				if err := in.Bye(soon(t), Reason{}); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// Propose does not wait for an offer of the peer that is under way.
func TestPropose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out, in := p.call(t)
		first := make(chan error, 1)
		go func() { _, err := in.Propose(soon(t), []byte("first")); first <- err }()
		e := next[*ReInvite](t, out)
		var refused *StatusError
		if _, err := out.Propose(soon(t), []byte("second")); !errors.As(err, &refused) || refused.Code != 491 {
			t.Errorf("a second offer: %v", err)
		}
		if _, err := e.Answer(soon(t), []byte("ok")); err != nil {
			t.Error(err)
		}
		if err := <-first; err != nil {
			t.Errorf("the first offer: %v", err)
		}
		go func() {
			_, err := next[*ReInvite](t, in).Answer(soon(t), []byte("ok"))
			first <- err
		}()
		if answer, err := out.Propose(soon(t), []byte("second again")); err != nil || string(answer) != "ok" {
			t.Errorf("%q, %v", answer, err)
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}

// A re-INVITE without offer: the 200 brings the offer, the ACK the answer.
func TestLateReinvite(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out, in := p.call(t)
		got := make(chan string)
		go func() {
			ack, err := next[*ReInvite](t, out).Answer(soon(t), []byte("offer of the other"))
			got <- fmt.Sprint(string(ack), err)
		}()
		offer, err := in.Reinvite(soon(t), nil)
		if err != nil || string(offer) != "offer of the other" {
			t.Fatalf("%q, %v", offer, err)
		}
		if err := in.Ack([]byte("answer in the ACK")); err != nil {
			t.Fatal(err)
		}
		if ack := <-got; ack != "answer in the ACK<nil>" {
			t.Error(ack)
		}
	})
}

// Both sides send a new offer at once, again and again: each gets through (RFC 3261 section 14.1).
func TestGlare(t *testing.T) {
	for _, name := range []string{"two re-INVITEs", "re-INVITE and UPDATE"} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p := newPair(t)
				out, in := p.call(t)
				endOut, endIn := answerAll(t, out), answerAll(t, in)
				for i := range 20 {
					results := make(chan error, 2)
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					offer := func(try func(context.Context, []byte) ([]byte, error), text string) {
						answer, err := try(ctx, []byte(text))
						if err == nil && string(answer) != "re:"+text {
							err = fmt.Errorf("answer %q to %q", answer, text)
						}
						results <- err
					}
					second := in.Reinvite
					if name != "two re-INVITEs" {
						second = in.Update
					}
					go offer(out.Reinvite, fmt.Sprint("a", i))
					go offer(second, fmt.Sprint("b", i))
					for range 2 {
						if err := <-results; err != nil {
							t.Error(err)
						}
					}
					cancel()
				}
				if err := out.Bye(soon(t), Reason{}); err != nil {
					t.Error(err)
				}
				<-endOut
				<-endIn
			})
		})
	}
}

func TestReinviteRules(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s, tag := peer.established(u, "c1")
		const sdp = rawContact + "\nContent-Type: application/sdp"

		// A second offer while the first is unanswered: 500 and Retry-After (section 14.2).
		peer.request("INVITE", "c1", tag, 2, sdp, "one")
		peer.expect("SIP/2.0 100")
		peer.request("INVITE", "c1", tag, 3, sdp, "two")
		if in := peer.expect("SIP/2.0 500"); in.head.get("retry-after") == "" {
			t.Error("500 without Retry-After")
		}
		peer.request("ACK", "c1", tag, 3, "", "")
		offer := next[*ReInvite](t, s)

		// The first is withdrawn.
		peer.requestVia("CANCEL", "z9hG4bK-c1-2-INVITE", "c1", tag, 2, "", "")
		peer.expect("SIP/2.0 200")
		peer.expect("SIP/2.0 487")
		peer.requestVia("ACK", "z9hG4bK-c1-2-INVITE", "c1", tag, 2, "", "")
		if _, err := offer.Answer(soon(t), nil); !errors.Is(err, ErrState) {
			t.Errorf("answering a withdrawn offer: %v", err)
		}

		// An UPDATE without offer refreshes and asks nobody.
		peer.request("UPDATE", "c1", tag, 4, "Contact: <sips:moved@10.77.0.99:1;transport=tls>", "")
		peer.expect("SIP/2.0 200")
		go s.Info(soon(t), "text/plain", []byte("x"))
		info := peer.expect("INFO sips:moved@10.77.0.99:1;transport=tls ")
		peer.reply(info, 200, "", "", "")

		// Ours is under way: 491.
		go s.Reinvite(soon(t), []byte("ours"))
		ours := peer.expect("INVITE")
		peer.request("INVITE", "c1", tag, 5, sdp, "three")
		peer.expect("SIP/2.0 491")
		peer.request("ACK", "c1", tag, 5, "", "")

		// The peer does not know the dialog any more: the session is over (section 12.2.1.2).
		peer.reply(ours, 481, "", "", "")
		peer.expect("ACK")
		if e := next[Ended](t, s); e.Code != 481 {
			t.Errorf("%+v", e)
		}
	})
}

func TestReinviteTimesOut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s, _ := peer.established(u, "c1")
		result := make(chan error)
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			_, err := s.Reinvite(ctx, []byte("x"))
			result <- err
		}()
		peer.expect("INVITE")
		if bye := peer.expect("BYE"); bye.head.get("reason") == "" {
			t.Error("BYE without reason")
		} else {
			peer.reply(bye, 200, "", "", "")
		}
		if err := <-result; !errors.Is(err, ErrTimeout) {
			t.Error(err)
		}
		if e := next[Ended](t, s); e.Code != 408 {
			t.Errorf("%+v", e)
		}
	})
}

// The peer hangs up while our re-INVITE is on its way: its final response is still acknowledged.
func TestByeCrossesReinvite(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s, tag := peer.established(u, "c1")
		result := make(chan error, 1)
		go func() {
			_, err := s.Reinvite(soon(t), []byte("x"))
			result <- err
		}()
		reinvite := peer.expect("INVITE")
		peer.request("BYE", "c1", tag, 2, "", "")
		peer.expect("SIP/2.0 200")
		peer.reply(reinvite, 487, "", "", "")
		peer.expect("ACK")
		var refused *StatusError
		if err := <-result; !errors.Is(err, ErrSessionEnded) && !(errors.As(err, &refused) && refused.Code == 487) {
			t.Error(err)
		}
	})
}

// An early UPDATE changes what the early media is like.
func TestEarlyUpdate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out, in := p.invite(t, "")
		if err := in.Ring(); err != nil {
			t.Fatal(err)
		}
		for r := range out.Responses() {
			if r.Code == 180 {
				break
			}
		}
		go func() {
			if _, err := next[*ReInvite](t, in).Answer(soon(t), []byte("ok")); err != nil {
				t.Error(err)
			}
		}()
		if answer, err := out.Update(soon(t), []byte("early")); err != nil || string(answer) != "ok" {
			t.Errorf("%q, %v", answer, err)
		}
	})
}
