// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// bubble runs a test in fake time; leaving a goroutine behind fails it.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

func TestCallAndHangUp(t *testing.T) {
	for _, who := range []string{"caller", "callee"} {
		t.Run(who, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p := newPair(t)
				out, in := p.invite(t, "offer")
				if string(in.Offer()) != "offer" || in.Remote() != p.alice || in.Flow().Tag() != "alice" || in.ID() != out.ID() {
					t.Errorf("the callee sees %q from %v over %v", in.Offer(), in.Remote(), in.Flow().Tag())
				}
				if err := in.Ring(); err != nil {
					t.Fatal(err)
				}
				if err := in.Progress([]byte("early")); err != nil {
					t.Fatal(err)
				}
				if _, err := in.Answer(soon(t), []byte("answer")); err != nil {
					t.Fatal(err)
				}
				var codes []int
				for r := range out.Responses() {
					codes = append(codes, r.Code)
				}
				if len(codes) != 4 || codes[0] != 100 || codes[1] != 180 || codes[2] != 183 || codes[3] != 200 {
					t.Errorf("responses %v, want 100 180 183 200", codes)
				}
				ends, other := out, in
				if who == "callee" {
					ends, other = in, out
				}
				if err := ends.Hangup(soon(t), Reason{Cause: 16, Protocol: "Q.850", Text: `"bye"`}); err != nil {
					t.Fatal(err)
				}
				if e := next[Ended](t, ends); !e.Local || e.Code != 200 || e.Err != nil {
					t.Errorf("who hung up sees %+v", e)
				}
				if e := next[Ended](t, other); e.Local || e.Code != 200 || e.Reason != (Reason{"Q.850", 16, `"bye"`}) {
					t.Errorf("the other sees %+v", e)
				}
				if err := ends.Bye(soon(t), Reason{}); !errors.Is(err, ErrSessionEnded) {
					t.Errorf("hanging up twice: %v", err)
				}
			})
		})
	}
}

func TestRefusal(t *testing.T) {
	for _, code := range []int{302, 404, 486, 488, 503, 603} {
		bubble(t, func(t *testing.T) {
			p := newPair(t)
			out, in := p.invite(t, "offer")
			if err := in.Ring(); err != nil {
				t.Fatal(err)
			}
			if err := in.Reject(code, "no", Header{"Contact", "<sip:other@example.com>"}); err != nil {
				t.Fatal(err)
			}
			r := final(t, out)
			if r.Code != code || r.Phrase != "no" || r.Local || len(r.Header("Contact")) != 1 {
				t.Errorf("final response %+v, want %d no", r, code)
			}
			if e := next[Ended](t, out); e.Code != code || e.Local {
				t.Errorf("the caller sees %+v", e)
			}
			if e := next[Ended](t, in); e.Code != code || !e.Local {
				t.Errorf("the callee sees %+v", e)
			}
			if _, err := in.Answer(soon(t), nil); !errors.Is(err, ErrSessionEnded) {
				t.Errorf("answering a refused call: %v", err)
			}
		})
	}
}

// A phone may ring for an hour; nobody reads the responses meanwhile.
func TestLongRinging(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out, in := p.invite(t, "offer")
		for range 300 {
			if err := in.Ring(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Hour)
		if _, err := in.Answer(soon(t), []byte("answer")); err != nil {
			t.Fatal(err)
		}
		provisional := 0
		for r := range out.Responses() {
			if r.Code < 200 {
				provisional++
			} else if r.Code != 200 {
				t.Errorf("final response %d", r.Code)
			}
		}
		if provisional != maxResponses {
			t.Errorf("%d provisional responses kept, want %d", provisional, maxResponses)
		}
	})
}

// While it rings the provisional response is repeated every minute.
func TestRingingIsRefreshed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out, in := p.invite(t, "offer")
		if err := in.Ring(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3*time.Minute + time.Second)
		if err := in.Reject(486, ""); err != nil {
			t.Fatal(err)
		}
		n := 0
		for r := range out.Responses() {
			if r.Code == 180 {
				n++
			}
		}
		if n != 4 {
			t.Errorf("180 came %d times in three minutes, want 4", n)
		}
	})
}

func TestNoAnswerAtAll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, f := newRaw(t, u)
		start := time.Now()
		s, err := f.Invite(soon(t), Invite{From: Address{URI: URI{User: "a", Host: "h"}}, To: Address{URI: URI{User: "b", Host: "h"}}})
		if err != nil {
			t.Fatal(err)
		}
		peer.expect("INVITE")
		if r := final(t, s); r.Code != 408 || !r.Local {
			t.Errorf("final response %+v", r)
		}
		if e := next[Ended](t, s); !errors.Is(e.Err, ErrTimeout) || time.Since(start) != 32*time.Second {
			t.Errorf("%+v after %v, want a time-out after 32 s", e, time.Since(start))
		}
	})
}

func TestLateOffer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out, in := p.invite(t, "")
		if len(in.Offer()) != 0 {
			t.Errorf("offer %q", in.Offer())
		}
		go func() {
			r := final(t, out)
			if string(r.Body) != "offer of the callee" || r.ContentType != "application/sdp" {
				t.Errorf("final response %+v", r)
			}
			time.Sleep(1500 * time.Millisecond) // the 200 comes again meanwhile
			if err := out.Ack([]byte("answer of the caller")); err != nil {
				t.Error(err)
			}
		}()
		ack, err := in.Answer(soon(t), []byte("offer of the callee"))
		if err != nil || string(ack) != "answer of the caller" {
			t.Errorf("the ACK brought %q, %v", ack, err)
		}
		if err := out.Ack(nil); !errors.Is(err, ErrState) {
			t.Errorf("a second Ack: %v", err)
		}
		if err := in.Bye(soon(t), Reason{}); err != nil {
			t.Error(err)
		}
	})
}

// Hanging up instead of answering a late offer still acknowledges it.
func TestHangUpOnLateOffer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out, in := p.invite(t, "")
		done := make(chan error)
		go func() {
			final(t, out)
			done <- out.Hangup(soon(t), Reason{})
		}()
		if _, err := in.Answer(soon(t), []byte("offer")); err != nil && !errors.Is(err, ErrSessionEnded) {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if e := next[Ended](t, in); e.Code != 200 || e.Err != nil {
			t.Errorf("%+v", e)
		}
	})
}

func TestExpiredInvite(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out, err := p.atA.Invite(soon(t), Invite{From: p.alice, To: p.bobby, Headers: []Header{{"Expires", "20"}}})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if r := final(t, out); r.Code != 487 || time.Since(start) != 20*time.Second {
			t.Errorf("%d after %v, want 487 after 20 s", r.Code, time.Since(start))
		}
	})
}

func TestStatesAreChecked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out, in := p.invite(t, "offer")
		if _, err := out.Answer(soon(t), nil); !errors.Is(err, ErrState) {
			t.Errorf("answering our own call: %v", err)
		}
		if err := in.Cancel(Reason{}); !errors.Is(err, ErrState) {
			t.Errorf("cancelling the peer's call: %v", err)
		}
		if err := out.Bye(soon(t), Reason{}); !errors.Is(err, ErrState) {
			t.Errorf("BYE before the answer: %v", err)
		}
		if _, err := out.Reinvite(soon(t), []byte("x")); !errors.Is(err, ErrState) {
			t.Errorf("re-INVITE before the answer: %v", err)
		}
		if err := in.Reject(200, ""); !errors.Is(err, ErrInvalid) {
			t.Errorf("refusing with 200: %v", err)
		}
		if err := in.Reject(486, "a\r\nb"); !errors.Is(err, ErrInvalid) {
			t.Errorf("a phrase of two lines: %v", err)
		}
		if err := in.Reject(486, "", Header{"To", "<sip:x>"}); !errors.Is(err, ErrInvalid) {
			t.Errorf("a To of the user's: %v", err)
		}
		if _, err := in.Answer(soon(t), make([]byte, 9000)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("an answer too large: %v", err)
		}
		if _, err := in.Answer(soon(t), []byte("small")); err != nil {
			t.Errorf("after one too large: %v", err)
		}
		if final(t, out).Code != 200 {
			t.Error("not answered")
		}
		if err := out.Hangup(soon(t), Reason{}); err != nil {
			t.Error(err)
		}
	})
}

func TestBadInvites(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		for name, in := range map[string]Invite{
			"no host":           {From: p.alice, To: Address{URI: URI{User: "x"}}},
			"line in a name":    {From: Address{Name: "a\r\nVia: x", URI: p.alice.URI}, To: p.bobby},
			"bracket in a user": {From: Address{URI: URI{User: "a>", Host: "h"}}, To: p.bobby},
			"tel":               {From: p.alice, To: Address{URI: URI{Scheme: "tel", Host: "1"}}},
			"line in a header":  {From: p.alice, To: p.bobby, Headers: []Header{{"Subject", "a\r\nb: c"}}},
			"header of ours":    {From: p.alice, To: p.bobby, Headers: []Header{{"v", "SIP/2.0/TLS h"}}},
			"no header name":    {From: p.alice, To: p.bobby, Headers: []Header{{"a b", "c"}}},
			"content type":      {From: p.alice, To: p.bobby, ContentType: "a\nb"},
		} {
			if _, err := p.atA.Invite(soon(t), in); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := p.atA.Invite(soon(t), Invite{From: p.alice, To: p.bobby, Body: make([]byte, 8000)}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("too large: %v", err)
		}
	})
}
