// SPDX-License-Identifier: GPL-3.0-or-later

package auth

import (
	"fmt"
	"slices"
	"strings"
)

// maxFields bounds the challenge fields read of one response.
const maxFields = 16

// space is what one nonce protects: a realm, of proxies or of the far end.
type space struct {
	proxy bool
	realm string // as it stands between the quotes
}

// String names the space in errors.
func (s space) String() string {
	if s.proxy {
		return fmt.Sprintf("the proxy of the realm %q", short(s.realm))
	}
	return fmt.Sprintf("the server of the realm %q", short(s.realm))
}

// challenge is a digest challenge we can answer. Its texts stand as they were between the quotes.
type challenge struct {
	space
	nonce      string
	opaque     string
	opaqueSent bool // an empty one is echoed as well
	algorithm  algorithm
	named      string // the algorithm as it was written; empty when it was not
	qop        string // auth or auth-int; empty when the server asks for none (RFC 2069)
	stale      bool
	userhash   bool
}

// challenges picks what to answer: for each space the topmost challenge we can, as RFC 8760 section 2.4 says, since the
// server lists what it prefers first. The kinds of all others are returned for the error.
func challenges(www, proxy []string) (picked []challenge, others []string) {
	take := func(fields []string, proxy bool) {
		for _, text := range fields[:min(len(fields), maxFields)] {
			for _, o := range offers(text) {
				ch, err := o.challenge(proxy)
				switch {
				case err != "" && len(others) < maxOffers && !slices.Contains(others, err):
					others = append(others, err)
				case err == "" && len(picked) < maxOffers && !slices.ContainsFunc(picked, ch.shares):
					picked = append(picked, ch)
				}
			}
		}
	}
	take(www, false)
	take(proxy, true)
	return picked, others
}

func (c challenge) shares(other challenge) bool { return c.space == other.space }

// challenge reads an offer; what speaks against answering it comes as the name of its kind.
func (o offer) challenge(proxy bool) (c challenge, kind string) {
	if !strings.EqualFold(o.scheme, "Digest") {
		return c, short(o.scheme)
	}
	realm, hasRealm := o.params["realm"]
	nonce, hasNonce := o.params["nonce"]
	if o.broken || !hasRealm || !hasNonce {
		return c, "a malformed digest"
	}
	c = challenge{
		space: space{proxy, realm}, nonce: nonce, named: o.params["algorithm"],
		stale:    strings.EqualFold(o.params["stale"], "true"),
		userhash: strings.EqualFold(o.params["userhash"], "true"),
	}
	c.opaque, c.opaqueSent = o.params["opaque"]
	var known bool
	if c.algorithm, known = algorithmOf(c.named); !known {
		return c, fmt.Sprintf("digest by %q", short(c.named))
	}
	if c.qop, known = protectionOf(o.params["qop"]); !known {
		return c, fmt.Sprintf("digest with the protection %q", short(o.params["qop"]))
	}
	return c, ""
}

// protectionOf chooses of a qop list: auth before auth-int, since what rewrites bodies on the way breaks the latter.
func protectionOf(list string) (qop string, known bool) {
	if strings.Trim(list, ", \t") == "" {
		return "", true
	}
	for one := range strings.SplitSeq(list, ",") {
		switch one = strings.ToLower(strings.TrimSpace(one)); one {
		case "auth":
			return one, true
		case "auth-int":
			qop = one
		}
	}
	return qop, qop != ""
}
