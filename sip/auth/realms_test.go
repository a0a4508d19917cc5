// SPDX-License-Identifier: GPL-3.0-or-later

package auth_test

import (
	"errors"
	"strings"
	"testing"

	"bellwire/sip/auth"
	"bellwire/sip/auth/authtest"
)

func TestProxyAndFarEndAtOnce(t *testing.T) {
	c, proxy, far := client(t), server("office"), server("pbx")
	far.Algorithm = "MD5"
	e := begin(t, c)
	if err := e.Challenged([]string{far.Challenge(false)}, []string{proxy.Challenge(false)}); err != nil {
		t.Fatal(err)
	}
	h := e.Headers()
	if len(h) != 2 || h[0].Name != "Authorization" || h[1].Name != "Proxy-Authorization" {
		t.Fatalf("the answers are %v", h)
	}
	if err := errors.Join(far.Check(method, uri, h[0].Value, nil), proxy.Check(method, uri, h[1].Value, nil)); err != nil {
		t.Error(err)
	}
}

// A proxy with nonces for one use each asks again once the far end has asked: it let the request pass before, so the
// password is right.
func TestProxyAfterFarEndAfterProxy(t *testing.T) {
	c, proxy, far := client(t), server("office"), server("pbx")
	e := begin(t, c)
	for i, err := range []error{
		e.Challenged(nil, []string{proxy.Challenge(false)}),
		e.Challenged([]string{far.Challenge(false)}, nil),
		e.Challenged(nil, []string{proxy.Challenge(false)}),
	} {
		if err != nil {
			t.Fatalf("challenge %d: %v", i, err)
		}
	}
	h := e.Headers()
	if err := errors.Join(proxy.Check(method, uri, h[0].Value, nil), far.Check(method, uri, h[1].Value, nil)); err != nil {
		t.Error(err)
	}
	if err := e.Challenged(nil, []string{proxy.Challenge(false)}); !errors.Is(err, auth.ErrWrongPassword) {
		t.Errorf("refused twice in a row the error is %v", err)
	}
}

func TestLoginsByRealm(t *testing.T) {
	c := client(t,
		auth.Login{User: "any", Password: auth.NewSecret("1")},
		auth.Login{Realm: `the "office"`, User: "of office", Password: auth.NewSecret("2")})
	for realm, user := range map[string]string{`the \"office\"`: "of office", "elsewhere": "any"} {
		s := &authtest.Server{Realm: realm, Users: map[string]string{"any": "1", "of office": "2"}, QOP: "auth"}
		e := begin(t, c)
		if err := e.Challenged([]string{s.Challenge(false)}, nil); err != nil {
			t.Fatal(err)
		}
		last := e.Headers()[len(e.Headers())-1]
		if err := s.Check(method, uri, last.Value, nil); err != nil || !strings.Contains(last.Value, `username="`+user+`"`) {
			t.Errorf("%s: %v: %s", realm, err, last.Value)
		}
	}
	c = client(t, auth.Login{Realm: "office", User: "1001"})
	err := begin(t, c).Challenged([]string{server("elsewhere").Challenge(false)}, nil)
	if !errors.Is(err, auth.ErrNoLogin) || !strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("the error is %v", err)
	}
	e := begin(t, c)
	if err := e.Challenged([]string{server("elsewhere").Challenge(false), server("office").Challenge(false)}, nil); err != nil || len(e.Headers()) != 1 {
		t.Errorf("with one login of two: %v", err)
	}
}

func TestNothingInCommon(t *testing.T) {
	for field, want := range map[string]string{
		`Basic realm="x"`: "Basic", `Digest realm="x",nonce="y",algorithm=SHA3-512`: "SHA3-512", "": "nothing that can be read",
	} {
		err := begin(t, client(t)).Challenged([]string{field}, nil)
		if !errors.Is(err, auth.ErrUnsupported) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: the error is %v", field, err)
		}
	}
}
