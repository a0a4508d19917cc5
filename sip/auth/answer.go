// SPDX-License-Identifier: GPL-3.0-or-later

package auth

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync/atomic"
)

// answerer answers one challenge, in as many requests as its nonce lasts. Several exchanges may share it.
type answerer struct {
	challenge
	login Login

	// cnonce stays with the nonce: the key of a -sess algorithm is then the same whether the server makes it of the
	// first or of the latest.
	cnonce string

	count atomic.Uint32 // requests that were answered: nc of the latest
}

func newAnswerer(c challenge, l Login) *answerer {
	return &answerer{challenge: c, login: l, cnonce: rand.Text()}
}

// header answers for one request (RFC 7616 section 3.4).
func (a *answerer) header(r Request) Header {
	h := a.algorithm.hash
	count := fmt.Sprintf("%08x", a.count.Add(1))
	key := h(a.login.User, a.realm, a.login.Password.reveal())
	if a.algorithm.session {
		key = h(key, a.nonce, a.cnonce)
	}
	what := h(r.Method, r.URI)
	if a.qop == "auth-int" {
		what = h(r.Method, r.URI, h(string(r.Body)))
	}
	response := h(key, a.nonce, what)
	if a.qop != "" {
		response = h(key, a.nonce, count, a.cnonce, a.qop, what)
	}
	user := a.login.User
	if a.userhash {
		user = h(user, a.realm)
	}

	var b strings.Builder
	fmt.Fprintf(&b, `Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s"`,
		escape(user), a.realm, a.nonce, r.URI, response)
	if a.named != "" {
		fmt.Fprintf(&b, `, algorithm=%s`, a.named)
	}
	if a.qop != "" {
		fmt.Fprintf(&b, `, qop=%s, nc=%s`, a.qop, count)
	}
	if a.qop != "" || a.algorithm.session {
		fmt.Fprintf(&b, `, cnonce="%s"`, a.cnonce)
	}
	if a.opaqueSent {
		fmt.Fprintf(&b, `, opaque="%s"`, a.opaque)
	}
	if a.userhash {
		b.WriteString(`, userhash=true`)
	}
	if a.proxy {
		return Header{"Proxy-Authorization", b.String()}
	}
	return Header{"Authorization", b.String()}
}
