// SPDX-License-Identifier: GPL-3.0-or-later

package auth

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// maxRealms bounds the challenges a Client remembers. A phone meets two or three; the oldest is forgotten first.
const maxRealms = 8

// Login is who we are in a realm.
type Login struct {
	Realm    string // empty: any realm that no other login names
	User     string
	Password Secret
}

// Request is what a digest covers of a request.
type Request struct {
	Method string
	URI    string // the Request-URI as written in the start line
	Body   []byte // for auth-int
}

// Header is one header field to add to a request.
type Header struct{ Name, Value string }

// Client answers challenges to one account. It is safe for concurrent use.
type Client struct {
	logins []Login

	mu        sync.Mutex
	answerers []*answerer // one for each space, the oldest first
}

// New returns a client with the logins of an account.
func New(logins ...Login) (*Client, error) {
	for _, l := range logins {
		if l.User == "" || hasControl(l.User) {
			return nil, fmt.Errorf("the user name %q of the account is empty or holds control characters: %w", short(l.User), ErrInvalid)
		}
	}
	return &Client{logins: slices.Clone(logins)}, nil
}

// Begin starts the exchange of one request. Its first Headers answer what was asked for earlier.
func (c *Client) Begin(r Request) (*Exchange, error) {
	if strings.ContainsAny(r.Method, "\" \t") || hasControl(r.Method) || strings.ContainsAny(r.URI, "\"\\ \t") || hasControl(r.URI) {
		return nil, fmt.Errorf("a request %q to %q cannot be authenticated: %w", short(r.Method), short(r.URI), ErrInvalid)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &Exchange{client: c, request: r}
	for _, a := range c.answerers {
		e.sent = append(e.sent, answer{answerer: a})
	}
	return e, nil
}

// login finds who we are in a realm.
func (c *Client) login(realm string) (Login, bool) {
	realm = unescape(realm)
	for _, want := range []string{realm, ""} {
		for _, l := range c.logins {
			if l.Realm == want {
				return l, true
			}
		}
	}
	return Login{}, false
}

// remember returns what answers a challenge and answers for its space from now on. A challenge that is known keeps its
// nonce count: a server may give several requests the same nonce.
func (c *Client) remember(ch challenge, l Login) *answerer {
	ch.stale = false
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, a := range c.answerers {
		if a.space != ch.space {
			continue
		}
		if a.challenge != ch {
			c.answerers[i] = newAnswerer(ch, l)
		}
		return c.answerers[i]
	}
	if len(c.answerers) == maxRealms {
		c.answerers = slices.Delete(c.answerers, 0, 1)
	}
	c.answerers = append(c.answerers, newAnswerer(ch, l))
	return c.answerers[len(c.answerers)-1]
}

// forget stops answering from the start with what was refused.
func (c *Client) forget(refused *answerer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answerers = slices.DeleteFunc(c.answerers, func(a *answerer) bool { return a == refused })
}

// renew replaces the nonce of an answerer, unless a newer challenge did already.
func (c *Client) renew(old *answerer, nonce string) {
	ch := old.challenge
	ch.nonce = nonce
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.answerers, old); i >= 0 {
		c.answerers[i] = newAnswerer(ch, old.login)
	}
}
