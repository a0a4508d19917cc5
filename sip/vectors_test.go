// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// recorded returns messages of the official client in the order they were sent, by file name. The first part of a name
// is the year of the client, "sent" means by the caller.
func recorded(t testing.TB, pattern string) (names []string, texts map[string][]byte) {
	t.Helper()
	files, err := filepath.Glob("testdata/jami/" + pattern)
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	texts = map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.Base(f))
		texts[filepath.Base(f)] = b
	}
	return names, texts
}

func TestRecordedMessagesParse(t *testing.T) {
	names, texts := recorded(t, "*.sip")
	for _, name := range names {
		s := stream{r: strings.NewReader(string(texts[name]))}
		b, headLen, err := s.next()
		if err != nil || len(b) != len(texts[name]) {
			t.Errorf("%s: %d of %d bytes, %v", name, len(b), len(texts[name]), err)
			continue
		}
		in, refused, err := parseInbound(newParser(), b, headLen)
		if refused != nil || err != nil {
			t.Errorf("%s: %v, %v", name, refused, err)
			continue
		}
		words := strings.Split(strings.TrimSuffix(name, ".sip"), "-")
		if method := words[len(words)-1]; method == strings.ToUpper(method) && string(in.method()) != method && method != "200" {
			t.Errorf("%s: method %s", name, in.method())
		}
	}
}

var toTag = regexp.MustCompile(`(?m)^(To: .*;tag=)[^;\r]*`)

// The recorded callers call us: every request of theirs is answered as they expect.
func TestRecordedCallers(t *testing.T) {
	for _, call := range []string{"2023-call-audio", "2023-call-video", "2026-call-audio", "2026-call-video"} {
		t.Run(call, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				u := newUA(t, Config{})
				peer, _ := newRaw(t, u)
				names, texts := recorded(t, call+"-*-sent-*.sip")
				var s *Session
				var tag string
				events := make(chan Event, 1)
				for _, name := range names {
					text := toTag.ReplaceAllString(string(texts[name]), "${1}"+tag)
					method, _, _ := strings.Cut(text, " ")
					if method == "SIP/2.0" || strings.Contains(name, "33-sent-MESSAGE") {
						continue // an answer to the recorded callee; a text after the call
					}
					if _, err := peer.conn.Write([]byte(text)); err != nil {
						t.Fatal(err)
					}
					switch {
					case method == "ACK":
					case s == nil:
						peer.expect("SIP/2.0 100")
						var err error
						if s, err = u.Accept(soon(t)); err != nil {
							t.Fatal(err)
						}
						if u := s.Remote().URI; u.Host != "ring.dht" || len(u.User) != 40 || len(s.Offer()) < 500 || s.Header("subject")[0] != "Phone call" {
							t.Errorf("call from %v", s.Remote())
						}
						go func() {
							for e := range s.Events() {
								events <- e
							}
						}()
						answering(t, s)
						tag = peer.expect("SIP/2.0 200").toTag()
					case method == "INVITE":
						peer.expect("SIP/2.0 100")
						offer := (<-events).(*ReInvite)
						go offer.Answer(t.Context(), []byte("answer"))
						peer.expect("SIP/2.0 200")
					case method == "BYE":
						peer.expect("SIP/2.0 200")
						if e, ok := (<-events).(Ended); !ok || e.Local || e.Code != 200 {
							t.Errorf("%+v", e)
						}
					default:
						e := (<-events).(*InDialog)
						if e.Method != method || len(e.Body) == 0 {
							t.Errorf("%+v", e)
						}
						go e.Accept()
						peer.expect("SIP/2.0 200")
					}
				}
			})
		})
	}
}

func TestRecordedTexts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := newUA(t, Config{})
		peer, _ := newRaw(t, u)
		names, texts := recorded(t, "*MESSAGE*.sip")
		for _, name := range names {
			if !strings.HasPrefix(string(texts[name]), "MESSAGE") || toTag.Match(texts[name]) {
				continue
			}
			if _, err := peer.conn.Write(texts[name]); err != nil {
				t.Fatal(err)
			}
			m := <-u.Messages()
			if len(m.Body) == 0 || m.From.URI.Host != "ring.dht" {
				t.Errorf("%s: %+v", name, m)
			}
			go m.Accept()
			peer.expect("SIP/2.0 200")
		}
	})
}

// Our requests have the header fields of Jami's, in its order.
func TestRequestsLookLikeJamis(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, texts := recorded(t, "2026-call-audio-01-sent-INVITE.sip")
		want, _, _ := strings.Cut(string(texts["2026-call-audio-01-sent-INVITE.sip"]), "\r\n\r\n")
		u := newUA(t, Config{Name: "Jami Daemon 16.0.0 (Linux)", Supported: []string{"replaces"}})
		peer, f := newRaw(t, u)
		device := strings.Repeat("d", 40)
		_, err := f.Invite(soon(t), Invite{
			From:    Address{Name: "na", URI: URI{User: strings.Repeat("a", 40), Host: "ring.dht"}},
			To:      Address{URI: URI{Scheme: "sips", User: strings.Repeat("b", 40), Host: "10.77.0.12"}},
			Contact: Address{Name: "na", URI: URI{Scheme: "sips", User: device, Host: "10.77.0.11", Port: 36619, Params: "transport=tls"}},
			Headers: []Header{{"Subject", "Phone call"}}, Body: []byte("v=0\r\n"),
		})
		if err != nil {
			t.Fatal(err)
		}
		in := peer.expect("INVITE sips:10.77.0.12:46374;transport=tls SIP/2.0")
		var ours []string
		for _, f := range in.head.fields {
			ours = append(ours, f.name)
		}
		h, err := parseHead([]byte(want + "\r\n\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		var theirs []string
		for _, f := range h.fields {
			theirs = append(theirs, f.name)
		}
		if !slices.Equal(ours, theirs) {
			t.Errorf("fields %v, Jami's are %v", ours, theirs)
		}
		for name, value := range map[string]string{
			"contact": `"na" <sips:` + device + "@10.77.0.11:36619;transport=tls>", "supported": "replaces",
			"user-agent": "Jami Daemon 16.0.0 (Linux)", "subject": "Phone call",
		} {
			if in.head.get(name) != value {
				t.Errorf("%s: %s, want %s", name, in.head.get(name), value)
			}
		}
		via := regexp.MustCompile(`^SIP/2\.0/TLS 10\.77\.0\.11:36619;rport;branch=z9hG4bK[0-9a-f]{32};alias$`)
		if !via.MatchString(in.head.get("via")) {
			t.Errorf("Via %s", in.head.get("via"))
		}
	})
}
