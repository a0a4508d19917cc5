// SPDX-License-Identifier: GPL-3.0-or-later

package auth

import (
	"fmt"
	"strings"
	"testing"
)

func TestChallengesAreRead(t *testing.T) {
	for _, tt := range []struct{ name, field, want string }{
		{"as the RFC has it", `Digest realm="a", nonce="n", algorithm=SHA-256, qop="auth", opaque="o"`, "a n o sha-256 auth"},
		{"in other case, spaced, with stray commas", `,, dIgEsT  REALM = "a" ,, ,Nonce="n", ALGORITHM="md5-SESS",Qop=AUTH,`, "a n  md5-sess auth"},
		{"commas forgotten", `Digest realm="a" nonce="n" stale=TRUE`, "a n  md5  stale"},
		{"a comma between quotes", `Digest realm="a, nonce=\"x\"", nonce="n=,\\"`, `a, nonce=\"x\" n=,\\  md5 `},
		{"the list of protections without those we know, but one", `Digest realm="a", nonce="n", qop=" auth-conf ,auth-int,"`, "a n  md5 auth-int"},
		{"auth before auth-int", `Digest realm="a", nonce="n", qop="auth-int,auth"`, "a n  md5 auth"},
		{"an empty list of protections", `Digest realm="a", nonce="n", qop=""`, "a n  md5 "},
		{"after other schemes", `Basic realm="b", Negotiate abc==, NTLM, Digest realm="a",nonce="n"`, "a n  md5 "},
		{"the topmost of one realm", `Digest realm="a",nonce="1",algorithm=MD5, Digest realm="a",nonce="2",algorithm=SHA-256`, "a 1  md5 "},
		{"the topmost we know", `Digest realm="a",nonce="1",algorithm=SHA3, Digest realm="a",nonce="2",algorithm=SHA-512-256`, "a 2  sha-512-256 "},
		{"of two nonces the first", `Digest realm="a",nonce="1",nonce="2"`, "a 1  md5 "},
		{"userhash and charset", `Digest realm="a",nonce="n",charset=UTF-8,userhash=true`, "a n  md5  userhash"},
		{"empty realm", `Digest realm="",nonce="n"`, " n  md5 "},
		{"no nonce", `Digest realm="a"`, "refused: a malformed digest"},
		{"a quote that never ends", `Digest realm="a", nonce="n`, "refused: a malformed digest"},
		{"a quote that ends in a backslash", `Digest realm="a", nonce="n\`, "refused: a malformed digest"},
		{"a quote within a word", `Digest realm="a", nonce=n"x`, "refused: a malformed digest"},
		{"a control character", "Digest realm=\"a\r\nX: y\", nonce=\"n\"", "refused: a malformed digest"},
		{"unknown algorithm", `Digest realm="a",nonce="n",algorithm=AKAv1-MD5`, `refused: digest by "AKAv1-MD5"`},
		{"a suffix alone is no algorithm", `Digest realm="a",nonce="n",algorithm=-sess`, `refused: digest by "-sess"`},
		{"unknown protection", `Digest realm="a",nonce="n",qop=auth-conf`, `refused: digest with the protection "auth-conf"`},
		{"other schemes", `Basic realm="a", Basic realm="b", Bearer authz_server="c"`, "refused: Basic|Bearer"},
		{"parameters without a scheme", `realm="a", nonce="n"`, "refused: "},
		{"too long", `Digest realm="a", nonce="` + strings.Repeat("n", maxField) + `"`, "refused: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked, others := challenges([]string{tt.field}, nil)
			got := "refused: " + strings.Join(others, "|")
			if len(asked) > 0 {
				got = describe(asked[0])
			}
			if got != tt.want || len(asked) > 1 {
				t.Errorf("%d challenges, the first %q, want %q", len(asked), got, tt.want)
			}
		})
	}
}

func describe(c challenge) string {
	s := fmt.Sprintf("%s %s %s %s", c.realm, c.nonce, c.opaque, c.algorithm.name)
	if c.algorithm.session {
		s += "-sess"
	}
	s += " " + c.qop
	if c.stale {
		s += " stale"
	}
	if c.userhash {
		s += " userhash"
	}
	return s
}

func TestSpacesAreAskedApart(t *testing.T) {
	asked, _ := challenges(
		[]string{`Digest realm="a",nonce="1"`, `Digest realm="b",nonce="2"`, `Digest realm="b",nonce="3",algorithm=SHA-256`},
		[]string{`Digest realm="a",nonce="4"`})
	var got []string
	for _, ch := range asked {
		got = append(got, fmt.Sprint(ch.proxy, ch.realm, ch.nonce))
	}
	if want := "[falsea1 falseb2 truea4]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLimits(t *testing.T) {
	many := strings.Repeat("Digest realm=\"a\",", 100)
	if n := len(offers(many)); n != maxOffers {
		t.Errorf("%d offers of one field, the limit is %d", n, maxOffers)
	}
	params := "Digest "
	for i := range 100 {
		params += fmt.Sprintf("p%d=x,", i)
	}
	if n := len(offers(params)[0].params); n != maxParams {
		t.Errorf("%d parameters of one offer, the limit is %d", n, maxParams)
	}
	var fields []string
	for i := range 100 {
		fields = append(fields, fmt.Sprintf(`Digest realm="r%d",nonce="n"`, i))
	}
	if asked, _ := challenges(fields, fields); len(asked) != maxOffers {
		t.Errorf("%d challenges of one response, the limit is %d", len(asked), maxOffers)
	}
	c, err := New(Login{User: "u"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := c.Begin(Request{Method: "REGISTER", URI: "sip:x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Challenged(fields, fields); err != nil || len(c.answerers) != maxRealms {
		t.Errorf("the client remembers %d realms (%v), the limit is %d", len(c.answerers), err, maxRealms)
	}
}

// FuzzChallenge lets a server say anything in four fields. Whatever we answer is a list of parameters in which no
// value breaks out of its quotes, and of each space there is one.
func FuzzChallenge(f *testing.F) {
	f.Add(`Digest realm="a", nonce="n", qop="auth,auth-int", algorithm=SHA-256, opaque=""`, `Digest realm="p", nonce="\""`, `nextnonce="2", qop=auth`)
	f.Add(`Basic realm="b", Negotiate abc==, NTLM, Digest realm="a",nonce="n",userhash=true`, `,, dIgEsT  REALM = "a" ,, ,Nonce=n`, `=`)
	f.Add(`Digest realm="a" nonce="n" stale=TRUE algorithm=MD5-sess`, `Digest realm="`, `nextnonce="`)
	f.Fuzz(func(t *testing.T, www, proxy, info string) {
		c, err := New(Login{User: `a"\u`, Password: NewSecret("secret")})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			e, err := c.Begin(Request{Method: "REGISTER", URI: "sip:x", Body: []byte(www)})
			if err != nil {
				t.Fatal(err)
			}
			checkHeaders(t, e.Headers())
			if err := e.Challenged([]string{www}, []string{proxy, www}); err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
				t.Errorf("control characters in %q", err)
			}
			checkHeaders(t, e.Headers())
			e.Accepted([]string{info}, []string{www, info})
		}
	})
}

func checkHeaders(t *testing.T, headers []Header) {
	t.Helper()
	seen := map[string]bool{}
	for _, h := range headers {
		if hasControl(h.Value) {
			t.Errorf("control characters in %q", h.Value)
		}
		all := offers(h.Value)
		if len(all) != 1 || all[0].broken || all[0].params["response"] == "" || all[0].params["uri"] != "sip:x" {
			t.Errorf("%q reads as %v", h.Value, all)
			continue
		}
		key := h.Name + all[0].params["realm"]
		if seen[key] {
			t.Errorf("two answers in one space: %q", headers)
		}
		seen[key] = true
	}
}
