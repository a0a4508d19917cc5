// SPDX-License-Identifier: GPL-3.0-or-later

package auth

import "slices"

// maxRounds bounds the responses with challenges to one request: some proxies and a far end, each once with a stale
// nonce.
const maxRounds = 8

// Exchange is one request and its repetitions until it is accepted or refused. It belongs to one goroutine.
type Exchange struct {
	client  *Client
	request Request
	sent    []answer // what the request carries, at most one for each space
	rounds  int
}

// answer is an answerer in use.
type answer struct {
	*answerer
	fresh bool // to a challenge of this exchange, and not seen to be accepted yet
}

// Headers returns what to add to the request, in place of what Headers returned before. Each call counts as one
// request sent; one that is sent again to the letter keeps its header fields.
func (e *Exchange) Headers() []Header {
	var headers []Header
	for _, a := range e.sent {
		headers = append(headers, a.header(e.request))
	}
	return headers
}

// Challenged takes the values of the WWW-Authenticate and Proxy-Authenticate fields of a 401 or 407 response. Without
// an error the request is to be sent again, with new Headers.
func (e *Exchange) Challenged(www, proxy []string) error {
	asked, others := challenges(www, proxy)
	if e.rounds++; e.rounds > maxRounds {
		return ErrEndless
	}
	e.noteAccepted(asked)
	answered := false
	var missing error
	for _, ch := range asked {
		if a := e.answerTo(ch.space); a != nil && a.refusedBy(ch) {
			e.client.forget(a.answerer)
			return wrongPassword(ch.space, a.login.User)
		}
		login, ok := e.client.login(ch.realm)
		if !ok {
			missing = noLogin(ch.space)
			continue
		}
		e.put(answer{e.client.remember(ch, login), true})
		answered = true
	}
	// With one realm answered of several another try is worth it: proxies that fork ask for all at once, and any of
	// their branches may do.
	switch {
	case answered:
		return nil
	case missing != nil:
		return missing
	default:
		return unsupported(others)
	}
}

// refusedBy tells a refusal of the answer from a nonce that went out of use. Servers that forgot a nonce of an earlier
// exchange ask with another one and may not call the former stale; one given a moment ago they know.
func (a *answer) refusedBy(ch challenge) bool {
	return !ch.stale && (a.fresh || a.nonce == ch.nonce)
}

// noteAccepted concludes from a space that asks no more, while another does, that it let the request pass.
func (e *Exchange) noteAccepted(asked []challenge) {
	for i := range e.sent {
		a := &e.sent[i]
		if !slices.ContainsFunc(asked, func(ch challenge) bool { return ch.space == a.space }) {
			a.fresh = false
		}
	}
}

func (e *Exchange) answerTo(s space) *answer {
	for i := range e.sent {
		if e.sent[i].space == s {
			return &e.sent[i]
		}
	}
	return nil
}

func (e *Exchange) put(a answer) {
	if old := e.answerTo(a.space); old != nil {
		*old = a
		return
	}
	e.sent = append(e.sent, a)
}

// Accepted takes the values of the Authentication-Info and Proxy-Authentication-Info fields (RFC 7616 section 3.5, RFC
// 7615) of any other response: the nonce to use next. They name no realm, so with answers to several they mean none;
// and the key of a -sess algorithm stays with the nonce it was made of, which serves until the server calls it stale.
func (e *Exchange) Accepted(info, proxyInfo []string) {
	e.renew(false, info)
	e.renew(true, proxyInfo)
}

func (e *Exchange) renew(proxy bool, fields []string) {
	var meant []*answerer
	for _, a := range e.sent {
		if a.proxy == proxy {
			meant = append(meant, a.answerer)
		}
	}
	if len(meant) != 1 || meant[0].algorithm.session {
		return
	}
	for _, text := range fields[:min(len(fields), maxFields)] {
		for _, o := range offers("Info " + text) { // parameters without a scheme
			if next := o.params["nextnonce"]; next != "" && !o.broken {
				e.client.renew(meant[0], next)
				return
			}
		}
	}
}
