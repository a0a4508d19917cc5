// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"

	sipmsg "github.com/emiago/sipgo/sip"
)

func TestStreamCutsMessages(t *testing.T) {
	const a, b = "OPTIONS sip:a SIP/2.0\r\nl : 5\r\n\r\n", "SIP/2.0 200 OK\r\nX: y\r\n\r\n"
	text := "\r\n\r\n" + a + "hello" + "\r\n" + b + "junk\r\nmore\r\n" + a + "world" + "lone words\r\n\r\n" + b
	for name, r := range map[string]io.Reader{
		"at once": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text)),
		"end with data": iotest.DataErrReader(strings.NewReader(text)),
	} {
		s := stream{r: r}
		for _, want := range []string{a + "hello", b, a + "world", b} {
			got, n, err := s.next()
			if err != nil || string(got) != want || !strings.HasSuffix(string(got[:n]), "\r\n\r\n") {
				t.Fatalf("%s: %q, %v; want %q", name, got, err, want)
			}
		}
		if _, _, err := s.next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v at the end", name, err)
		}
	}
}

func TestStreamLimits(t *testing.T) {
	const start = "MESSAGE sip:a SIP/2.0\r\n"
	for _, c := range []struct {
		text string
		want error
	}{
		{start + "X: " + strings.Repeat("x", maxHead), errHeadTooLong},
		{start + strings.Repeat("X: x\r\n", maxHead/6) + "\r\n", errHeadTooLong},
		{start + "Content-Length: 65536\r\n\r\n", errTooLong},
		{start + "Content-Length: 2147483648\r\n\r\n", errLength},
		{start + "Content-Length: 0x10\r\n\r\n", errLength},
		{start + "Content-Length:\r\n 10\r\n\r\n", errLength},
		{start + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", errLength},
		{strings.Repeat("hello\r\n\r\n", maxJunk/8), errJunk},
		{start + "Content-Length: 3\r\n\r\nab", io.EOF},
	} {
		s := stream{r: strings.NewReader(c.text)}
		if b, _, err := s.next(); !errors.Is(err, c.want) {
			t.Errorf("%.40q: %.40q, %v; want %v", c.text, b, err, c.want)
		}
	}
	body := strings.Repeat("b", maxMessage-100)
	s := stream{r: strings.NewReader(start + "Content-Length: 65436\r\n\r\n" + body)}
	if b, n, err := s.next(); err != nil || string(b[n:]) != body {
		t.Errorf("64 KiB: %d bytes, %v", len(b), err)
	}
	if cap(s.buf) > 3*maxMessage {
		t.Errorf("the buffer grew to %d", cap(s.buf))
	}
}

func TestAddressText(t *testing.T) {
	for _, c := range []struct {
		a    Address
		text string
	}{
		{Address{URI: URI{Host: "h"}}, "<sip:h>"},
		{Address{`q"\`, URI{"sips", "u", "::1", 5061, "transport=tls;lr"}}, `"q\"\\" <sips:u@[::1]:5061;transport=tls;lr>`},
	} {
		if got := c.a.String(); got != c.text {
			t.Errorf("%s, want %s", got, c.text)
		}
		var uri sipmsg.Uri
		name, err := sipmsg.ParseAddressValue(c.text, &uri, nil)
		back := addressOf(name, &uri)
		if c.a.URI.Scheme == "" {
			c.a.URI.Scheme = "sip"
		}
		if err != nil || back != c.a {
			t.Errorf("%s comes back as %+v, %v", c.text, back, err)
		}
	}
}

func TestReasonText(t *testing.T) {
	for _, c := range []struct {
		text string
		want Reason
	}{
		{`SIP;cause=200;text="Call completed elsewhere"`, Reason{"SIP", 200, "Call completed elsewhere"}},
		{`Q.850 ; cause = 16 ; text = "a;b,\"c\""`, Reason{"Q.850", 16, `a;b,"c"`}},
		{`SIP;cause=600, Q.850;cause=17`, Reason{"SIP", 600, ""}},
		{`SIP;cause=99999;text=bare`, Reason{"SIP", 0, "bare"}},
		{`x`, Reason{Protocol: "x"}},
		{``, Reason{}},
		{`;;;="`, Reason{}},
	} {
		if got := parseReason([]string{c.text}); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.text, got, c.want)
		}
	}
	if h := (Reason{Cause: 16, Protocol: "a b", Text: "x\r\ny"}).headers(); len(h) != 1 || h[0].Value != "SIP;cause=16" {
		t.Errorf("%v", h)
	}
	if parseReason(nil) != (Reason{}) || (Reason{Text: "x"}).headers() != nil {
		t.Error("no reason is a reason")
	}
}

func TestViaIsMarked(t *testing.T) {
	v4, v6 := netip.MustParseAddrPort("192.0.2.1:5061"), netip.MustParseAddrPort("[2001:db8::1]:5061")
	for _, c := range []struct {
		via    string
		remote netip.AddrPort
		want   string
	}{
		{"SIP/2.0/TLS 192.0.2.1:7;rport;branch=z;alias", v4, "SIP/2.0/TLS 192.0.2.1:7;rport=5061;branch=z;alias;received=192.0.2.1"},
		{"SIP/2.0/TLS 192.0.2.1:7;branch=z", v4, "SIP/2.0/TLS 192.0.2.1:7;branch=z"},
		{"SIP/2.0/TLS host;branch=z", v4, "SIP/2.0/TLS host;branch=z;received=192.0.2.1"},
		{"SIP/2.0/TLS [2001:db8::1]:7 ;RPORT ;branch=z", v6, "SIP/2.0/TLS [2001:db8::1]:7 ;rport=5061;branch=z;received=2001:db8::1"},
		{"SIP/2.0/TLS a;rport, SIP/2.0/TLS b;rport", v4, "SIP/2.0/TLS a;rport=5061;received=192.0.2.1, SIP/2.0/TLS b;rport"},
		{"SIP/2.0/TLS a;rport", netip.AddrPort{}, "SIP/2.0/TLS a;rport"},
	} {
		if got := markVia(c.via, c.remote); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.via, got, c.want)
		}
	}
}

func TestDefaultContact(t *testing.T) {
	u := newUA(t, Config{SentBy: "pbx.example:5061", Contact: Address{Name: "n", URI: URI{User: "device"}}})
	x, _ := pipe()
	f := newFlow(u, x, nil)
	if got := f.contact("ignored", "").String(); got != `"n" <sips:device@pbx.example:5061;transport=tls>` {
		t.Error(got)
	}
	for sentBy, want := range map[string]string{"[::1]:5": "::1 5", "h": "h 0", "[::1]": "::1 0"} {
		host, port := splitHostPort(sentBy)
		if got := host + " " + string(rune('0'+port)); got != want {
			t.Errorf("%s: %s", sentBy, got)
		}
	}
}
