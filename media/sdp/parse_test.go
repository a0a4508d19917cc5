// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSyntaxErrorsNameTheLine(t *testing.T) {
	for _, c := range []struct {
		text string
		line int
	}{
		{"", 0},
		{"hello", 1},
		{"v=1\r\n", 1},
		{"v=0\r\ns=-\r\n", 0},
		{"v=0\r\nv=0\r\n", 2},
		{"v=0\r\no=- 1 1 IN IP4\r\n", 2},
		{"v=0\r\no=- x 1 IN IP4 h\r\n", 2},
		{"v=0\r\no=- 1 18446744073709551616 IN IP4 h\r\n", 2},
		{head + head, 6},
		{head + "m=audio\r\n", 6},
		{head + "m=audio 65536 RTP/SAVP 0\r\n", 6},
		{head + "m=audio -1 RTP/SAVP 0\r\n", 6},
		{head + "m=audio 1/99999 RTP/SAVP 0\r\n", 6},
		{head + "m=audio 1 RTP/SAVP\r\n", 6},
		{head + "a=:x\r\n", 6},
		{head + "c=IN IP4\r\n", 6},
		{head + "X=1\r\n", 6},
		{head + "a=x\x00y\r\n", 6},
		{head + "a=x\ry\r\n", 6},
		{head + strings.Repeat("m=audio 1 RTP/SAVP 0\r\n", maxMedia+1), maxMedia + 6},
		{head + strings.Repeat("a=x\r\n", maxAttributes+1), maxAttributes + 6},
		{head + strings.Repeat("b=AS:1\r\n", maxLines), maxLines + 5},
		{head + "m=audio 1 RTP/SAVP" + strings.Repeat(" 0", maxFormats+1) + "\r\n", 6},
		{head + strings.Repeat("a="+strings.Repeat("x", 1000)+"\r\n", 66), 0},
	} {
		s, err := Parse([]byte(c.text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Line != c.line {
			t.Errorf("%.60q: %+v, %v; want an error in line %d", c.text, s, err, c.line)
		}
	}
}

func TestParseIsTolerant(t *testing.T) {
	s, err := Parse([]byte("v=0\ns=a b\no=- 1 2 IN IP6 ::1\nz=kept\nc=IN IP6 ::2\nm=audio 1/2 X 0 0\nc=IN IP6 ::3\nc=IN IP6 ::4\ni=title\na=k:v:w\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	m := s.Media[0]
	if s.Name != "a b" || s.Origin.Version != 2 || s.Connection.Host != "::2" || m.Connection.Host != "::3" || m.Ports != 2 {
		t.Errorf("%+v", s)
	}
	if v, _ := m.Attributes.Get("k"); v != "v:w" || m.Lines[0] != (Line{'i', "title"}) || s.Lines[0] != (Line{'z', "kept"}) {
		t.Errorf("%+v", s)
	}
}

func seed(f *testing.F) {
	files, _ := filepath.Glob("testdata/jami/*-01-*.sdp")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(head + "m=audio 1/2 RTP/AVP 0 8\r\ni=x\r\nb=AS:1\r\na=rtpmap:0 PCMU/8000/1\r\na=ssrc:1 cname:x\r\na=bellwire-path:link\r\na=rtcp-mux\r\n"))
}

func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			return
		}
		text := s.Append(nil)
		again, err := Parse(text)
		if err != nil && len(text) > maxSize { // LF became CRLF
			return
		}
		if err != nil {
			t.Fatalf("what was parsed cannot be parsed again: %v\n%s", err, text)
		}
		if second := again.Append(nil); !bytes.Equal(text, second) {
			t.Fatalf("%q became %q", text, second)
		}
	})
}

func FuzzNegotiate(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, profile := range []Profile{Jami(), Bellwire()} {
			l := audio("B", opus, g722, pcmu, events)
			l.ICE = ICE{"u", "p"}
			n := NewNegotiator(profile, 1)
			if answer, a, err := n.Answer(b, l); err == nil {
				offer, _ := Parse(b)
				s, err := Parse(answer)
				if err != nil || len(s.Media) != len(offer.Media) || len(a.Media) != len(offer.Media) {
					t.Fatalf("%v\n%s", err, answer)
				}
			}
			if _, err := n.Offer(l); err != nil {
				continue // so many media that ours find no place
			}
			if a, err := n.Answered(b); err == nil {
				if p := a.Accepted("audio"); p != nil && (p.Encrypt == nil || p.Decrypt == nil || p.Codec.Clock == 0) {
					t.Fatalf("accepted without key or codec: %+v", p)
				}
			}
		}
	})
}
