// SPDX-License-Identifier: GPL-3.0-or-later

package auth_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"bellwire/sip/auth"
	"bellwire/sip/auth/authtest"
)

// What the client answers the server accepts, by every algorithm and protection, and never under a wrong password.
func TestServerAcceptsWhatTheClientAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~äøß€]{1,20}`)
		user, password := text.Draw(t, "user"), text.Draw(t, "password")
		s := &authtest.Server{
			Realm:     rapid.StringMatching(`([ !#-\[\]-~ä]|\\[ -~]){0,20}`).Draw(t, "realm"),
			Users:     map[string]string{user: password, user + "2": password},
			Algorithm: rapid.SampledFrom([]string{"", "MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "sha-512-256-SESS"}).Draw(t, "algorithm"),
			QOP:       rapid.SampledFrom([]string{"", "auth", "auth-int", "auth,auth-int", "auth-int,auth"}).Draw(t, "qop"),
			Opaque:    rapid.StringMatching(`[!#-\[\]-~]{0,9}`).Draw(t, "opaque"),
			Userhash:  rapid.Bool().Draw(t, "userhash"),
		}
		right := rapid.Bool().Draw(t, "right")
		known := password
		if !right {
			known += "!"
		}
		c, err := auth.New(auth.Login{User: user, Password: auth.NewSecret(known)})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			r := auth.Request{Method: "MESSAGE", URI: "sip:" + fmt.Sprint(i), Body: []byte(text.Draw(t, "body"))}
			e, err := c.Begin(r)
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				if err := e.Challenged([]string{s.Challenge(false)}, nil); err != nil {
					t.Fatal(err)
				}
			}
			h := e.Headers()
			if err := s.Check(r.Method, r.URI, h[0].Value, r.Body); (err == nil) != right {
				t.Fatalf("the server says %v", err)
			}
			if right && s.QOP != "" && s.Check(r.Method, r.URI, h[0].Value, r.Body) == nil {
				t.Fatal("the server takes the same answer twice")
			}
		}
	})
}
