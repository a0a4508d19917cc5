// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/internal/leak"
)

// When the connection dies every session on it ends at once, on both sides, in whatever state, and nothing waits on.
func TestFlowDies(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		ringing, in := p.invite(t, "offer")
		up, inUp := p.call(t)
		stuck := make(chan error, 3)
		go func() { _, err := up.Reinvite(t.Context(), []byte("x")); stuck <- err }()
		go func() { _, err := inUp.Info(t.Context(), "a/b", nil); stuck <- err }()
		go func() { _, err := p.atA.Message(t.Context(), Request{From: p.alice, To: p.bobby}); stuck <- err }()
		time.Sleep(time.Second)
		start := time.Now()
		p.atB.conn.Close() // not by Close: as if the network broke
		for _, s := range []*Session{ringing, in, up, inUp} {
			for e := range s.Events() {
				if end, ok := e.(Ended); ok && (end.Code != 503 || !errors.Is(end.Err, ErrFlowEnded)) {
					t.Errorf("%+v", end)
				}
			}
			<-s.Done()
		}
		for range 3 {
			if err := <-stuck; !errors.Is(err, ErrFlowEnded) && !errors.Is(err, ErrSessionEnded) {
				t.Error(err)
			}
		}
		if r := final(t, ringing); r.Code != 503 || !r.Local {
			t.Errorf("%+v", r)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
		<-p.atA.Done()
		if _, err := p.atA.Invite(soon(t), Invite{From: p.alice, To: p.bobby}); !errors.Is(err, ErrFlowEnded) {
			t.Errorf("calling over a dead flow: %v", err)
		}
	})
}

// What was said last is still written when we close.
func TestCloseFlushes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, f := newRaw(t, u)
		s, _ := peer.established(u, "c1")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_ = s.Bye(ctx, Reason{})
		go f.Close()
		peer.expect("BYE")
		<-f.Done()
		if !errors.Is(f.Err(), ErrClosed) {
			t.Error(f.Err())
		}
	})
}

// A peer that does not read is given up, not waited for.
func TestPeerDoesNotRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		_, f := newRaw(t, u)
		for range queueLen + 2 {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, _ = f.Message(ctx, Request{From: Address{URI: URI{Host: "h"}}, To: Address{URI: URI{Host: "h"}}})
		}
		<-f.Done()
		if !errors.Is(f.Err(), ErrFlooded) {
			t.Error(f.Err())
		}
	})
}

func TestAnswersOutsideOfDialogs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{Name: "Bell", Supported: []string{"replaces"}})
		peer, _ := newRaw(t, u)
		for i, c := range []struct {
			method, extra, body string
			want                string
			header, value       string
		}{
			{"OPTIONS", "", "", "SIP/2.0 200", "allow", allow},
			{"OPTIONS", "Require: replaces", "", "SIP/2.0 200", "supported", "replaces"},
			{"REGISTER", "", "", "SIP/2.0 405", "allow", allow},
			{"SUBSCRIBE", "", "", "SIP/2.0 405", "allow", allow},
			{"DANCE", "", "", "SIP/2.0 501", "allow", allow},
			{"invite", rawContact, "", "SIP/2.0 501", "allow", allow},
			{"BYE", "", "", "SIP/2.0 481", "", ""},
			{"INFO", "", "", "SIP/2.0 481", "", ""},
			{"UPDATE", "", "", "SIP/2.0 481", "", ""},
			{"INVITE", rawContact + "\nRequire: 100rel, Replaces,  x", "", "SIP/2.0 420", "unsupported", "100rel, x"},
			{"INVITE", rawContact + "\nContent-Type: text/html", "<p>", "SIP/2.0 415", "accept", "application/sdp"},
			{"INVITE", rawContact + "\nContent-Type: application/sdp\nContent-Encoding: gzip", "xx", "SIP/2.0 415", "accept-encoding", "identity"},
			{"INVITE", "", "", "SIP/2.0 400", "", ""},
			{"CANCEL", "", "", "SIP/2.0 481", "", ""},
		} {
			callID := fmt.Sprint("x", i)
			peer.request(c.method, callID, "", 1, c.extra, c.body)
			in := peer.expect(c.want)
			if in.head.get(c.header) != c.value || in.toTag() == "" || in.head.get("user-agent") != "Bell" {
				t.Errorf("%s: %+v", c.method, in.head)
			}
			if c.method == "INVITE" {
				peer.requestVia("CANCEL", "z9hG4bK-"+callID+"-1-INVITE", callID, "", 1, "", "") // too late
				peer.expect("SIP/2.0 200")
				peer.requestVia("ACK", "z9hG4bK-"+callID+"-1-INVITE", callID, in.toTag(), 1, "", "")
			}
		}
		peer.request("ACK", "none", "none", 1, "", "")
		peer.silence(time.Minute)
	})
}

func TestDuplicates(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		const sdp = rawContact + "\nContent-Type: application/sdp"
		s := peer.invite(u, "c1")
		peer.request("INVITE", "c1", "", 1, sdp, "offer")
		peer.expect("SIP/2.0 100")
		go s.Ring()
		peer.expect("SIP/2.0 180")
		peer.request("INVITE", "c1", "", 1, sdp, "offer")
		peer.expect("SIP/2.0 180")
		peer.requestVia("INVITE", "z9hG4bK-other-way", "c1", "", 1, sdp, "offer")
		peer.expect("SIP/2.0 482")
		done := answering(t, s)
		tag := peer.expect("SIP/2.0 200").toTag()
		peer.request("INVITE", "c1", "", 1, sdp, "offer") // absorbed
		peer.requestVia("ACK", "z9hG4bK-a", "c1", tag, 1, "", "")
		if err := <-done; err != nil {
			t.Error(err)
		}
		peer.request("INVITE", "c1", "", 1, sdp, "offer") // still absorbed
		peer.request("BYE", "c1", tag, 2, "", "")
		peer.expect("SIP/2.0 200")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if s, err := u.Accept(ctx); err == nil {
			t.Errorf("a second session %v", s.ID())
		}
	})
}

// One peer's flood of garbage leaves another peer's call as it is.
func TestGarbageStaysWithItsFlow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		out, in := p.call(t)
		for _, garbage := range []string{
			"INVITE sip:x SIP/2.0\nVia: " + strings.Repeat("x", 10<<20),
			strings.Repeat("a: b\n", 2<<20),
			strings.Repeat("\x00\xff", 5<<20),
			strings.Repeat("INVITE sip:b@h SIP/2.0\n\n", 10000),
			"MESSAGE sip:b@h SIP/2.0\nContent-Length: 99999999\n\n",
			"MESSAGE sip:b@h SIP/2.0\nContent-Length: -1\n\n",
			"MESSAGE sip:b@h SIP/2.0\nContent-Length: 1\nl: 2\n\n",
			strings.Repeat("x\n\n", 1<<20),
		} {
			peer, f := newRaw(t, p.b)
			go func() {
				for {
					if _, _, err := peer.stream.next(); err != nil {
						return
					}
				}
			}()
			for chunk := range strings.SplitSeq(strings.ReplaceAll(garbage, "\n", "\r\n"), "\x01") {
				_, _ = peer.conn.Write([]byte(chunk))
			}
			select {
			case <-f.Done():
				if !errors.Is(f.Err(), ErrFlooded) {
					t.Errorf("%.30q: %v", garbage, f.Err())
				}
			case <-time.After(time.Minute):
				t.Errorf("%.30q is borne", garbage)
			}
		}
		go func() { _ = next[*InDialog](t, in).Accept() }()
		if code, err := out.Info(soon(t), "a/b", nil); code != 200 || err != nil {
			t.Errorf("the call next to it: %d, %v", code, err)
		}
	})
}

// What a peer gets wrong once is refused or skipped, and its flow goes on.
func TestMistakesAreForgiven(t *testing.T) {
	const fields = "Via: SIP/2.0/TLS h;branch=z9hG4bK1\nFrom: <sip:a@h>;tag=1\nTo: <sip:b@h>\nCall-ID: 1\nCSeq: 1 OPTIONS\n"
	for _, c := range []struct{ name, text, want string }{
		{"no Content-Length", "OPTIONS sip:b@h SIP/2.0\n" + fields + "\n", "SIP/2.0 200"},
		{"no Content-Length but a body", "OPTIONS sip:b@h SIP/2.0\n" + fields + "Content-Type: text/plain\n\nhello\n", "SIP/2.0 400"},
		{"words between messages", "\n\nhello there\n\nPING\n", ""},
		{"keepalive", "\n\n", ""},
		{"no Via", "OPTIONS sip:b@h SIP/2.0\nFrom: <sip:a@h>;tag=1\nTo: <sip:b@h>\nCall-ID: 1\nCSeq: 1 OPTIONS\n\n", ""},
		{"broken Via", "OPTIONS sip:b@h SIP/2.0\n" + strings.Replace(fields, "SIP/2.0/TLS h", "SIP 2.0 TLS", 1) + "\n", "SIP/2.0 400"},
		{"port of Via no number", "OPTIONS sip:b@h SIP/2.0\n" + strings.Replace(fields, "TLS h", "TLS h:x", 1) + "\n", "SIP/2.0 400"},
		{"no CSeq", "OPTIONS sip:b@h SIP/2.0\n" + strings.Replace(fields, "CSeq: 1 OPTIONS\n", "", 1) + "\n", ""},
		{"two Call-IDs", "OPTIONS sip:b@h SIP/2.0\n" + fields + "i: 2\n\n", "SIP/2.0 400"},
		{"CSeq of another method", "OPTIONS sip:b@h SIP/2.0\n" + strings.Replace(fields, "1 OPTIONS", "1 INFO", 1) + "\n", "SIP/2.0 400"},
		{"CSeq too large", "OPTIONS sip:b@h SIP/2.0\n" + strings.Replace(fields, "1 OPTIONS", "4294967296 OPTIONS", 1) + "\n", "SIP/2.0 400"},
		{"another version", "OPTIONS sip:b@h SIP/7.0\n" + fields + "\n", "SIP/2.0 505"},
		{"another scheme", "OPTIONS tel:123 SIP/2.0\n" + fields + "\n", "SIP/2.0 416"},
		{"control character", "OPTIONS sip:b@h SIP/2.0\n" + strings.Replace(fields, "sip:a@h", "sip:a\x1b@h", 1) + "\n", ""},
		{"no colon", "OPTIONS sip:b@h SIP/2.0\n" + fields + "hello\n\n", "SIP/2.0 400"},
		{"too many fields", "OPTIONS sip:b@h SIP/2.0\n" + fields + strings.Repeat("a: b\n", 300) + "\n", "SIP/2.0 400"},
		{"too many parameters", "OPTIONS sip:b@h SIP/2.0\n" + fields + "Contact: <sip:a@h>" + strings.Repeat(";x", 300) + "\n\n", "SIP/2.0 400"},
		{"ACK of nothing, broken", "ACK sip:b@h SIP/2.0\n" + fields + "hello\n\n", ""},
		{"response to nothing", "SIP/2.0 200 OK\n" + fields + "\n", ""},
		{"response with a strange status", "SIP/2.0 999 OK\n" + fields + "\n", ""},
		{"response without anything", "SIP/2.0 200 OK\n\n", ""},
		{"2xx to no INVITE", "SIP/2.0 200 OK\n" + strings.ReplaceAll(fields, "OPTIONS", "INVITE") + "\n", ""},
		{"huge echo", "OPTIONS sip:b@h SIP/2.0\n" + fields + "Record-Route: <sip:" + strings.Repeat("r", 5000) + "@h>\n\n", ""},
		{"folded and compact", "OPTIONS sip:b@h SIP/2.0\nv: SIP/2.0/TLS h\n ;branch=z9hG4bK1\nf:\t<sip:a@h>\n  ;tag=1\nt : <sip:b@h>\ni: 1\ncseq: 1  OPTIONS\n\n", "SIP/2.0 200"},
		{"RFC 2543", "OPTIONS sip:b@h SIP/2.0\n" + strings.Replace(fields, ";branch=z9hG4bK1", "", 1) + "\n", "SIP/2.0 200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				u := newUA(t, Config{})
				peer, _ := newRaw(t, u)
				peer.send("%s", c.text)
				if c.want != "" {
					if in := peer.expect(c.want); in.head.get("call-id") != "1" {
						t.Errorf("%+v", in.head)
					}
				}
				peer.request("OPTIONS", "alive", "", 1, "", "")
				if in := peer.expect("SIP/2.0 200"); in.head.get("call-id") != "alive" {
					t.Errorf("%+v", in.head)
				}
			})
		})
	}
}

func TestSessionsAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{MaxSessions: 3})
		peer, f := newRaw(t, u)
		const sdp = rawContact + "\nContent-Type: application/sdp"
		for i := range 5 {
			peer.request("INVITE", fmt.Sprint("c", i), "", 1, sdp, "offer")
			if i < 3 {
				peer.expect("SIP/2.0 100")
			} else if in := peer.expect("SIP/2.0 503"); in.head.get("retry-after") == "" {
				t.Error("503 without Retry-After")
			}
		}
		if _, err := f.Invite(soon(t), Invite{From: Address{URI: URI{Host: "h"}}, To: Address{URI: URI{Host: "h"}}}); !errors.Is(err, errFull) {
			t.Errorf("our own: %v", err)
		}
	})
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{MaxSessions: 2 * waiting})
		peer, _ := newRaw(t, u)
		const sdp = rawContact + "\nContent-Type: application/sdp"
		for i := range waiting {
			peer.request("INVITE", fmt.Sprint("c", i), "", 1, sdp, "offer")
			peer.expect("SIP/2.0 100")
		}
		synctest.Wait() // until the last of them is in the queue
		other, _ := newRaw(t, u)
		other.request("INVITE", "x", "", 1, sdp, "offer")
		other.expect("SIP/2.0 100")
		other.expect("SIP/2.0 503")
	})
}

// A peer that never acknowledges refusals uses up what it may have under way, for as long as it takes to give it up.
func TestTransactionsAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		for i := range maxServers {
			peer.request("INVITE", fmt.Sprint("c", i), "", 1, rawContact+"\nRequire: x", "")
			peer.expect("SIP/2.0 420")
		}
		peer.request("OPTIONS", "o1", "", 1, "", "")
		peer.expect("SIP/2.0 503")
		time.Sleep(transactionTime)
		peer.request("OPTIONS", "o2", "", 1, "", "")
		peer.expect("SIP/2.0 200")
	})
}

// A user who never answers the requests of a peer does not fill the table for ever.
func TestUnansweredRequestsAreForgotten(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, f := newRaw(t, u)
		var s *Session
		var callID, tag string
		for i := 0; ; i++ {
			f.mu.Lock()
			full := len(f.servers) == maxServers
			f.mu.Unlock()
			if full {
				break
			}
			if i%maxEvents == 0 {
				callID = fmt.Sprint("c", i)
				s, tag = peer.established(u, callID)
				continue
			}
			peer.request("INFO", callID, tag, 2+i, "", "")
			next[*InDialog](t, s)
		}
		peer.request("OPTIONS", "o1", "", 1, "", "")
		peer.expect("SIP/2.0 503")
		time.Sleep(transactionTime + time.Second)
		peer.request("OPTIONS", "o2", "", 1, "", "")
		peer.expect("SIP/2.0 200")
		if f.Err() != nil {
			t.Error(f.Err())
		}
	})
}

func TestCloseLeavesNothing(t *testing.T) {
	leak.Check(t)
	p := newPair(t)
	p.call(t)
	p.invite(t, "offer")
	p.a.Close()
	p.b.Close()
	if _, err := p.a.Accept(t.Context()); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	x, _ := pipe()
	if _, err := p.a.Attach(x, nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestBadConfig(t *testing.T) {
	for _, cfg := range []Config{{Contact: Address{Name: "\n"}}, {Name: "a\r\nb"}, {SentBy: "a\nb"}, {Supported: []string{"a b"}}} {
		if _, err := NewUA(cfg); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}
