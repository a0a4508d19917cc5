// SPDX-License-Identifier: GPL-3.0-or-later

// Package authtest owns the server's side of digest authentication, for tests: it challenges and checks answers. It
// computes by itself what package auth computes, so that neither proves the other by its own mistake.
package authtest

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	// ErrRefused: the answer is wrong, or there is none.
	ErrRefused = errors.New("authtest: refused")
	// ErrStale: the answer is right and its nonce is out of use.
	ErrStale = errors.New("authtest: stale nonce")
)

// Server challenges for one realm. Its fields are set before use.
type Server struct {
	Realm     string
	Users     map[string]string // passwords by user name
	Algorithm string            // as written in the challenge; empty names none
	QOP       string            // as written between the quotes; empty asks for none
	Opaque    string
	Userhash  bool

	counts map[string]uint64 // nonces in use, with the highest count seen
}

// Challenge returns the value of a WWW-Authenticate or Proxy-Authenticate field with a new nonce.
func (s *Server) Challenge(stale bool) string {
	v := fmt.Sprintf(`Digest realm="%s", nonce="%s"`, s.Realm, s.Nonce())
	for _, p := range []struct {
		there bool
		text  string
	}{
		{s.Opaque != "", fmt.Sprintf(`opaque="%s"`, s.Opaque)},
		{s.Algorithm != "", "algorithm=" + s.Algorithm},
		{s.QOP != "", fmt.Sprintf(`qop="%s"`, s.QOP)},
		{s.Userhash, "userhash=true"},
		{stale, "stale=true"},
	} {
		if p.there {
			v += ", " + p.text
		}
	}
	return v
}

// Nonce returns a new nonce in use, as for Authentication-Info.
func (s *Server) Nonce() string {
	if s.counts == nil {
		s.counts = map[string]uint64{}
	}
	nonce := rand.Text()
	s.counts[nonce] = 0
	return nonce
}

// Expire takes all nonces out of use.
func (s *Server) Expire() { clear(s.counts) }

var param = regexp.MustCompile(`([a-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",\s]+))(?:, |$)`)

// Check judges the value of an Authorization or Proxy-Authorization field.
func (s *Server) Check(method, uri, value string, body []byte) error {
	rest, ok := strings.CutPrefix(value, "Digest ")
	if !ok || param.ReplaceAllString(rest, "") != "" {
		return fmt.Errorf("%w: %q is not a list of parameters", ErrRefused, value)
	}
	p := map[string]string{}
	for _, m := range param.FindAllStringSubmatch(rest, -1) {
		if _, twice := p[m[1]]; twice {
			return fmt.Errorf("%w: %s comes twice", ErrRefused, m[1])
		}
		p[m[1]] = m[2] + m[3]
	}
	switch {
	case p["realm"] != s.Realm, p["uri"] != uri, p["opaque"] != s.Opaque, p["algorithm"] != s.Algorithm:
		return fmt.Errorf("%w: realm, uri, opaque or algorithm is not ours: %q", ErrRefused, value)
	case (p["userhash"] == "true") != s.Userhash, (p["qop"] != "") != (s.QOP != ""), !strings.Contains(","+s.QOP+",", ","+p["qop"]+","):
		return fmt.Errorf("%w: qop or userhash was not offered: %q", ErrRefused, value)
	}
	user, password, ok := s.user(p["username"])
	if want := s.response(user, password, method, uri, body, p); !ok || p["response"] != want {
		return fmt.Errorf("%w: user %q, response %q, want %q", ErrRefused, user, p["response"], want)
	}
	return s.use(p)
}

// use counts a right answer to a nonce.
func (s *Server) use(p map[string]string) error {
	seen, ok := s.counts[p["nonce"]]
	if !ok {
		return ErrStale
	}
	if p["qop"] == "" {
		return nil
	}
	count, err := strconv.ParseUint(p["nc"], 16, 32)
	if err != nil || len(p["nc"]) != 8 || count <= seen {
		return fmt.Errorf("%w: nc %q after %d", ErrRefused, p["nc"], seen)
	}
	s.counts[p["nonce"]] = count
	return nil
}

func (s *Server) user(sent string) (name, password string, ok bool) {
	for name, password = range s.Users {
		if s.Userhash && sent == s.hash(name+":"+s.Realm) || !s.Userhash && sent == strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) {
			return name, password, true
		}
	}
	return sent, "", false
}

func (s *Server) response(user, password, method, uri string, body []byte, p map[string]string) string {
	secret := s.hash(user + ":" + s.Realm + ":" + password)
	if strings.HasSuffix(strings.ToLower(s.Algorithm), "-sess") {
		secret = s.hash(secret + ":" + p["nonce"] + ":" + p["cnonce"])
	}
	a2 := method + ":" + uri
	if p["qop"] == "auth-int" {
		a2 += ":" + s.hash(string(body))
	}
	data := p["nonce"]
	if p["qop"] != "" {
		data += ":" + p["nc"] + ":" + p["cnonce"] + ":" + p["qop"]
	}
	return s.hash(secret + ":" + data + ":" + s.hash(a2))
}

func (s *Server) hash(text string) string {
	switch a := strings.ToUpper(s.Algorithm); {
	case strings.HasPrefix(a, "SHA-256"):
		return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	case strings.HasPrefix(a, "SHA-512-256"):
		return fmt.Sprintf("%x", sha512.Sum512_256([]byte(text)))
	default:
		return fmt.Sprintf("%x", md5.Sum([]byte(text)))
	}
}
