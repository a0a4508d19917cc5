// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"errors"
	"testing"
	"time"
)

func (p *pair) dial(t testing.TB, f *Flow) *Session {
	t.Helper()
	s, err := f.Invite(soon(t), Invite{From: Address{URI: URI{User: "a", Host: "h"}}, To: Address{URI: URI{User: "b", Host: "h"}}, Body: []byte("offer")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCancelWhileRinging(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out, in := p.invite(t, "offer")
		if err := in.Ring(); err != nil {
			t.Fatal(err)
		}
		why := Reason{Protocol: "SIP", Cause: 200, Text: "Call completed elsewhere"}
		if err := out.Hangup(soon(t), why); err != nil {
			t.Fatal(err)
		}
		if e := next[Cancelled](t, in); e.Reason != why {
			t.Errorf("reason %+v", e.Reason)
		}
		if e := next[Ended](t, in); e.Code != 487 || e.Local || e.Reason != why {
			t.Errorf("the callee sees %+v", e)
		}
		if r := final(t, out); r.Code != 487 {
			t.Errorf("final response %+v", r)
		}
		if e := next[Ended](t, out); e.Code != 487 || !e.Local {
			t.Errorf("the caller sees %+v", e)
		}
	})
}

// Cancelled calls reach Accept, so that they can be shown as missed.
func TestCancelBeforeAccept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out := p.dial(t, p.atA)
		if err := out.Cancel(Reason{}); err != nil {
			t.Fatal(err)
		}
		final(t, out)
		in, err := p.b.Accept(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		next[Cancelled](t, in)
		next[Ended](t, in)
		if err := in.Ring(); !errors.Is(err, ErrSessionEnded) {
			t.Errorf("ringing for a cancelled call: %v", err)
		}
	})
}

// RFC 3261 section 9.1: no CANCEL before a provisional response; the user does not wait for either.
func TestCancelIsHeldBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, f := newRaw(t, u)
		s := new(pair).dial(t, f)
		invite := peer.expect("INVITE")
		start := time.Now()
		if err := s.Cancel(Reason{}); err != nil || time.Since(start) != 0 {
			t.Fatalf("Cancel took %v: %v", time.Since(start), err)
		}
		peer.silence(5 * time.Second)
		peer.reply(invite, 180, "x", rawContact, "")
		cancel := peer.expect("CANCEL")
		if cancel.via.branch != invite.via.branch || cancel.req.CSeq().SeqNo != invite.req.CSeq().SeqNo || cancel.head.start[6:] != invite.head.start[6:] {
			t.Errorf("CANCEL %q does not name the INVITE", cancel.head)
		}
		peer.reply(cancel, 200, "x", "", "")
		peer.reply(invite, 487, "x", "", "")
		peer.expect("ACK")
		if e := next[Ended](t, s); e.Code != 487 || !e.Local {
			t.Errorf("%+v", e)
		}
	})
}

func TestCancelNeverAnswered(t *testing.T) {
	for _, c := range []struct {
		name string
		code int
		want time.Duration
	}{
		{"not even provisionally", 0, 32 * time.Second},
		{"not finally", 180, 32 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				u := newUA(t, Config{})
				peer, f := newRaw(t, u)
				start := time.Now()
				s := new(pair).dial(t, f)
				invite := peer.expect("INVITE")
				if c.code != 0 {
					peer.reply(invite, c.code, "x", rawContact, "")
				}
				if err := s.Cancel(Reason{}); err != nil {
					t.Fatal(err)
				}
				go func() {
					for {
						if _, _, err := peer.stream.next(); err != nil {
							return
						}
					}
				}()
				if e := next[Ended](t, s); e.Code != 487 || time.Since(start) != c.want {
					t.Errorf("%+v after %v", e, time.Since(start))
				}
			})
		})
	}
}

// The peer answers while the CANCEL is on its way: the call exists, so it is acknowledged and ended.
func TestCancelCrossesAnswer(t *testing.T) {
	for _, sent := range []bool{true, false} {
		bubble(t, func(t *testing.T) {
			u := newUA(t, Config{})
			peer, f := newRaw(t, u)
			s := new(pair).dial(t, f)
			invite := peer.expect("INVITE")
			if sent {
				peer.reply(invite, 180, "x", rawContact, "")
				for r := range s.Responses() {
					if r.Code == 180 {
						break
					}
				}
			}
			if err := s.Cancel(Reason{Cause: 200, Text: "t"}); err != nil {
				t.Fatal(err)
			}
			if sent {
				peer.reply(peer.expect("CANCEL"), 481, "x", "", "")
			}
			peer.reply(invite, 200, "x", rawContact, "answer")
			peer.expect("ACK")
			bye := peer.expect("BYE")
			if bye.head.get("reason") != `SIP;cause=200;text="t"` {
				t.Errorf("reason %q", bye.head.get("reason"))
			}
			peer.reply(bye, 200, "", "", "")
			if r := final(t, s); r.Code != 487 {
				t.Errorf("final response %+v", r)
			}
			if e := next[Ended](t, s); e.Code != 487 || !e.Local {
				t.Errorf("%+v", e)
			}
		})
	}
}

// A CANCEL that comes after our answer changes nothing but is answered.
func TestLateCancel(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s, tag := peer.established(u, "c1")
		peer.requestVia("CANCEL", "z9hG4bK-c1-1-INVITE", "c1", "", 1, "", "")
		if in := peer.expect("SIP/2.0 200"); in.method() != "CANCEL" || in.toTag() != tag {
			t.Errorf("answer %q", in.head)
		}
		select {
		case e := <-s.Events():
			t.Errorf("event %+v", e)
		case <-time.After(time.Minute):
		}
		peer.requestVia("CANCEL", "z9hG4bK-nobody", "c1", "", 1, "", "")
		peer.expect("SIP/2.0 481")
	})
}

// The caller ends an unanswered call by BYE in the early dialog (RFC 3261 section 15).
func TestByeBeforeAnswer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s := peer.invite(u, "c1")
		go s.Ring()
		tag := peer.expect("SIP/2.0 180").toTag()
		peer.request("BYE", "c1", tag, 2, "", "")
		if in := peer.expect("SIP/2.0 200"); in.method() != "BYE" {
			t.Errorf("%q", in.head)
		}
		peer.expect("SIP/2.0 487")
		if e := next[Ended](t, s); e.Code != 487 || e.Local {
			t.Errorf("%+v", e)
		}
	})
}
