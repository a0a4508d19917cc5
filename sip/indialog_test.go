// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// Digits sent one behind the other arrive in their order: each request waits for none before it.
func TestInfoKeepsOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s, tag := peer.established(u, "c1")
		const n = 50
		go func() {
			for i := range n {
				peer.request("INFO", "c1", tag, 2+i, "Content-Type: application/dtmf-relay", fmt.Sprint(i))
			}
		}()
		go func() {
			for i := range n {
				e := next[*InDialog](t, s)
				if string(e.Body) != fmt.Sprint(i) || e.ContentType != "application/dtmf-relay" || e.Method != "INFO" {
					t.Errorf("event %d is %q", i, e.Body)
				}
				if err := e.Accept(); err != nil {
					t.Error(err)
				}
			}
		}()
		for i := range n {
			if in := peer.expect("SIP/2.0 200"); in.res.CSeq().SeqNo != uint32(2+i) {
				t.Errorf("answer %d is to %d", i, in.res.CSeq().SeqNo)
			}
		}
	})
}

func TestInDialogRequests(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out, in := p.call(t)
		go func() { _ = next[*InDialog](t, in).Reject(500, "no digits") }()
		if code, err := out.Info(soon(t), "application/dtmf-relay", []byte("Signal=5\r\n")); code != 500 || err != nil {
			t.Errorf("INFO: %d, %v", code, err)
		}
		go func() { _ = next[*InDialog](t, out).Accept() }()
		if code, err := in.Message(soon(t), "text/plain", []byte("hello")); code != 200 || err != nil {
			t.Errorf("MESSAGE: %d, %v", code, err)
		}
		if _, err := in.Message(soon(t), "", nil); !errors.Is(err, ErrInvalid) {
			t.Errorf("without type: %v", err)
		}
		// Nobody answers, and the session ends: no waiting for the time-out.
		start := time.Now()
		go func() {
			next[*InDialog](t, out)
			time.Sleep(time.Second)
			_ = out.Bye(t.Context(), Reason{})
		}()
		code, err := in.Info(soon(t), "text/plain", nil)
		if (code != 487 && !errors.Is(err, ErrSessionEnded)) || time.Since(start) != time.Second {
			t.Errorf("INFO across the end: %d, %v after %v", code, err, time.Since(start))
		}
	})
}

func TestInDialogRules(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s, tag := peer.established(u, "c1")
		for _, c := range []struct {
			method, callID, tag string
			seq                 int
			extra, want         string
		}{
			{"OPTIONS", "c1", tag, 10, "", "SIP/2.0 200"},
			{"INFO", "c1", tag, 9, "", "SIP/2.0 500"},
			{"INFO", "c1", tag, 10, "", "SIP/2.0 500"},
			{"INFO", "c2", tag, 11, "", "SIP/2.0 481"},
			{"INFO", "c1", "other", 11, "", "SIP/2.0 481"},
			{"BYE", "c1", "other", 12, "", "SIP/2.0 481"},
			{"INVITE", "c1", "other", 12, rawContact, "SIP/2.0 481"},
			{"REFER", "c1", tag, 13, "", "SIP/2.0 405"},
			{"DANCE", "c1", tag, 14, "", "SIP/2.0 501"},
			{"INFO", "c1", tag, 15, "Require: dancing", "SIP/2.0 420"},
			{"UPDATE", "c1", tag, 16, "Content-Type: text/plain", "SIP/2.0 200"},
		} {
			peer.request(c.method, c.callID, c.tag, c.seq, c.extra, "")
			peer.expect(c.want)
		}
		// The tag of another caller.
		peer.message(`BYE sips:bob@10.77.0.12 SIP/2.0
Via: SIP/2.0/TLS h;branch=z9hG4bK-other
From: <sip:raw@ring.dht>;tag=not-the-caller
To: <sips:bob@10.77.0.12>;tag=`+tag+`
Call-ID: c1
CSeq: 20 BYE`, "")
		peer.expect("SIP/2.0 481")
		result := make(chan string)
		go func() {
			code, err := s.Info(soon(t), "a/b", nil)
			result <- fmt.Sprint(code, err)
		}()
		peer.reply(peer.expect("INFO"), 481, "", "", "")
		if r := <-result; r != "481 <nil>" {
			t.Errorf("INFO: %s", r)
		}
		if e := next[Ended](t, s); e.Code != 481 {
			t.Errorf("%+v", e)
		}
	})
}

// A user who does not read events costs a bounded amount of memory, and still learns of the end.
func TestUnreadEvents(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		s, tag := peer.established(u, "c1")
		go func() {
			for i := range maxEvents + 36 {
				peer.request("INFO", "c1", tag, 2+i, "", "")
			}
			peer.request("BYE", "c1", tag, 1000, "", "")
		}()
		for range 36 {
			peer.expect("SIP/2.0 503")
		}
		peer.expect("SIP/2.0 200")
		for range maxEvents {
			peer.expect("SIP/2.0 487")
		}
		n := 0
		for e := range s.Events() {
			if n++; n > maxEvents {
				if _, ok := e.(Ended); !ok {
					t.Errorf("last event %+v", e)
				}
			} else if err := e.(*InDialog).Accept(); err == nil {
				t.Error("answered after the end")
			}
		}
		if n != maxEvents+1 {
			t.Errorf("%d events", n)
		}
	})
}

func TestMessageOutsideDialog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		for _, want := range []int{200, 603} {
			go func() {
				m := <-p.b.Messages()
				if string(m.Body) != "hello" || m.ContentType != "text/plain" || m.From != p.alice || m.Flow() != p.atB || m.Header("Message-ID")[0] != "7" {
					t.Errorf("%+v", m)
				}
				if want == 200 {
					_ = m.Accept()
				} else {
					_ = m.Reject(want, "")
				}
			}()
			code, err := p.atA.Message(soon(t), Request{From: p.alice, To: p.bobby, Headers: []Header{{"Message-ID", "7"}}, Body: []byte("hello")})
			if code != want || err != nil {
				t.Errorf("%d, %v", code, err)
			}
		}
		if code, err := p.atB.Options(soon(t), Request{From: p.bobby, To: p.alice}); code != 200 || err != nil {
			t.Errorf("OPTIONS: %d, %v", code, err)
		}
		// Nobody reads messages: they are refused, not kept.
		codes := make(chan int, maxTexts+1)
		for range maxTexts + 1 {
			go func() {
				code, _ := p.atA.Message(soon(t), Request{From: p.alice, To: p.bobby, Body: []byte("x")})
				codes <- code
			}()
		}
		if code := <-codes; code != 503 {
			t.Errorf("one message too many: %d", code)
		}
	})
}
