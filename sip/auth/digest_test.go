// SPDX-License-Identifier: GPL-3.0-or-later

package auth

import (
	"strings"
	"testing"
)

// The examples of the RFCs, with the corrections of errata 4495 (password) and 4897 (SHA-512-256) of RFC 7616.
func TestExamplesOfTheRFCs(t *testing.T) {
	const mufasa = `realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ` +
		`opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
	for _, tt := range []struct {
		name, challenge, user, password, uri, cnonce string
		want                                         []string
	}{
		{
			"RFC 7616 section 3.9.1, SHA-256", `Digest algorithm=SHA-256, ` + mufasa,
			"Mufasa", "Circle of Life", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
			[]string{
				`username="Mufasa"`, `realm="http-auth@example.org"`, `uri="/dir/index.html"`, `algorithm=SHA-256`,
				`nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"`, `nc=00000001`, `qop=auth`,
				`cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"`,
				`response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"`,
				`opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
			},
		},
		{
			"RFC 7616 section 3.9.1, MD5", `Digest algorithm=MD5, ` + mufasa,
			"Mufasa", "Circle of Life", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
			[]string{`algorithm=MD5`, `response="8ca523f5e9506fed4657c9700eebdbec"`},
		},
		{
			"RFC 7616 section 3.9.2, SHA-512-256 and userhash",
			`Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", ` +
				`opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true`,
			"J\u00e4s\u00f8n Doe", "Secret, or not?", "/doe.json", "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
			[]string{
				`username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"`,
				`response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"`,
				`algorithm=SHA-512-256`, `userhash=true`, `opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS"`,
			},
		},
		{
			"RFC 2617 section 3.5",
			`Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
			"Mufasa", "Circle Of Life", "/dir/index.html", "0a4f113b",
			[]string{`response="6629fae49393a05397450978507c4ef1"`, `opaque="5ccc069c403ebaf9f0171e9517f40e41"`},
		},
		{
			"RFC 2069 section 2.4, corrected by errata 749",
			`Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
			"Mufasa", "CircleOfLife", "/dir/index.html", "unused",
			[]string{`response="1949323746fe6a43ef61f9606e7febea"`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked, others := challenges([]string{tt.challenge}, nil)
			if len(asked) != 1 {
				t.Fatalf("not read: %v", others)
			}
			a := newAnswerer(asked[0], Login{User: tt.user, Password: NewSecret(tt.password)})
			a.cnonce = tt.cnonce
			h := a.header(Request{Method: "GET", URI: tt.uri})
			got := strings.Split(strings.TrimPrefix(h.Value, "Digest "), ", ")
			for _, want := range tt.want {
				if !contains(got, want) {
					t.Errorf("%s is not in %s", want, h.Value)
				}
			}
		})
	}
}

func contains(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}
