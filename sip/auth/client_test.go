// SPDX-License-Identifier: GPL-3.0-or-later

package auth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"bellwire/sip/auth"
	"bellwire/sip/auth/authtest"
)

const (
	method = "REGISTER"
	uri    = "sips:pbx.example"
)

func client(t testing.TB, logins ...auth.Login) *auth.Client {
	t.Helper()
	if len(logins) == 0 {
		logins = []auth.Login{{User: "1001", Password: auth.NewSecret("secret")}}
	}
	c, err := auth.New(logins...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func begin(t testing.TB, c *auth.Client) *auth.Exchange {
	t.Helper()
	e, err := c.Begin(auth.Request{Method: method, URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func server(realm string) *authtest.Server {
	return &authtest.Server{Realm: realm, Users: map[string]string{"1001": "secret"}, Algorithm: "SHA-256", QOP: "auth"}
}

// checked is the server's judgement of the only header field.
func checked(t testing.TB, s *authtest.Server, headers []auth.Header) error {
	t.Helper()
	if len(headers) != 1 {
		t.Fatalf("%d header fields, want one: %v", len(headers), headers)
	}
	return s.Check(method, uri, headers[0].Value, nil)
}

func TestLaterRequestsAreAnsweredFromTheStart(t *testing.T) {
	c, s := client(t), server("pbx")
	e := begin(t, c)
	if h := e.Headers(); len(h) != 0 {
		t.Fatalf("answered before anyone asked: %v", h)
	}
	if err := e.Challenged([]string{s.Challenge(false)}, nil); err != nil {
		t.Fatal(err)
	}
	if err := checked(t, s, e.Headers()); err != nil {
		t.Fatal(err)
	}
	e.Accepted(nil, nil)
	for i := 2; i < 20; i++ {
		h := begin(t, c).Headers()
		if err := checked(t, s, h); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("nc=%08x", i); !strings.Contains(h[0].Value, want) {
			t.Fatalf("%s is not in %s", want, h[0].Value)
		}
	}
}

func TestStaleNonceIsReplaced(t *testing.T) {
	c, s := client(t), server("pbx")
	if err := begin(t, c).Challenged([]string{s.Challenge(false)}, nil); err != nil {
		t.Fatal(err)
	}
	s.Expire()
	e := begin(t, c)
	if err := checked(t, s, e.Headers()); !errors.Is(err, authtest.ErrStale) {
		t.Fatalf("the server says %v", err)
	}
	if err := e.Challenged([]string{s.Challenge(true)}, nil); err != nil {
		t.Fatal(err)
	}
	if err := checked(t, s, e.Headers()); err != nil {
		t.Fatal(err)
	}
}

// A server that was started anew does not know its former nonce and may not call it stale.
func TestForgottenNonceIsReplaced(t *testing.T) {
	c, s := client(t), server("pbx")
	if err := begin(t, c).Challenged([]string{s.Challenge(false)}, nil); err != nil {
		t.Fatal(err)
	}
	s.Expire()
	e := begin(t, c)
	e.Headers()
	if err := e.Challenged([]string{s.Challenge(false)}, nil); err != nil {
		t.Fatal(err)
	}
	if err := checked(t, s, e.Headers()); err != nil {
		t.Fatal(err)
	}
}

func TestWrongPasswordEndsTheExchange(t *testing.T) {
	s := server("pbx")
	same := s.Challenge(false)
	for _, tt := range []struct {
		name   string
		second string
	}{
		{"with a new nonce", s.Challenge(false)},
		{"with the same nonce", same},
		{"by another algorithm", strings.Replace(s.Challenge(false), "SHA-256", "MD5", 1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := client(t)
			e := begin(t, c)
			if err := e.Challenged([]string{same}, nil); err != nil {
				t.Fatal(err)
			}
			err := e.Challenged([]string{tt.second}, nil)
			if !errors.Is(err, auth.ErrWrongPassword) || !strings.Contains(err.Error(), `"1001"`) || !strings.Contains(err.Error(), `"pbx"`) {
				t.Errorf("the error is %v", err)
			}
			if h := begin(t, c).Headers(); len(h) != 0 {
				t.Errorf("what was refused is sent again: %v", h)
			}
		})
	}
}

// A password that was changed at the server shows by the nonce of an earlier exchange.
func TestPasswordThatBecameWrong(t *testing.T) {
	c, s := client(t), server("pbx")
	challenge := s.Challenge(false)
	if err := begin(t, c).Challenged([]string{challenge}, nil); err != nil {
		t.Fatal(err)
	}
	if err := begin(t, c).Challenged([]string{challenge}, nil); !errors.Is(err, auth.ErrWrongPassword) {
		t.Errorf("the error is %v", err)
	}
}

func TestEndlessChallengesEnd(t *testing.T) {
	s := server("pbx")
	for name, ask := range map[string]func(i int) (string, string){
		"each nonce stale":     func(int) (string, string) { return s.Challenge(true), "" },
		"a realm after others": func(i int) (string, string) { return server(fmt.Sprint("r", i)).Challenge(false), "" },
		"proxy and far end in turn": func(i int) (string, string) {
			if i%2 == 0 {
				return s.Challenge(false), ""
			}
			return "", s.Challenge(false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := begin(t, client(t))
			for i := range 100 {
				www, proxy := ask(i)
				if err := e.Challenged([]string{www}, []string{proxy}); err != nil {
					if !errors.Is(err, auth.ErrEndless) {
						t.Errorf("the error is %v", err)
					}
					return
				}
			}
			t.Error("no end after 100 challenges")
		})
	}
}

func TestNextNonce(t *testing.T) {
	c, s := client(t), server("pbx")
	e := begin(t, c)
	if err := e.Challenged([]string{s.Challenge(false)}, nil); err != nil {
		t.Fatal(err)
	}
	if err := checked(t, s, e.Headers()); err != nil {
		t.Fatal(err)
	}
	s.Expire()
	next := s.Nonce()
	e.Accepted([]string{`qop=auth, rspauth="00", nextnonce="` + next + `"`}, []string{`nextnonce="of another"`})
	h := begin(t, c).Headers()
	if err := checked(t, s, h); err != nil || !strings.Contains(h[0].Value, next) {
		t.Errorf("%v: %v", err, h)
	}
	for _, bad := range []string{"", "=", `nextnonce="`, "nextnonce", `nextnonce=""`, `nextnonce="` + strings.Repeat("x", 10000)} {
		e := begin(t, c)
		e.Accepted([]string{bad}, nil)
		if err := checked(t, s, begin(t, c).Headers()); err != nil {
			t.Errorf("after %.20q: %v", bad, err)
		}
	}
}

func TestValuesThatBreakOut(t *testing.T) {
	for _, r := range []auth.Request{{Method: "A B", URI: uri}, {Method: "A\n", URI: uri}, {Method: method, URI: `sip:"`}, {Method: method, URI: "sip:\r\n"}} {
		if _, err := client(t).Begin(r); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("%q: the error is %v", r, err)
		}
	}
	for _, user := range []string{"", "a\r\nb"} {
		if _, err := auth.New(auth.Login{User: user}); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("%q: the error is %v", user, err)
		}
	}
}
