// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Query is what decides where a request goes.
type Query struct {
	Secure    bool   // sips: never without TLS
	Host      string // name or address; IPv6 with or without brackets
	Port      uint16 // 0: none is named
	Transport Transport

	// Allowed is what the account may use, the preferred first; none stands for TLS, TCP and UDP. A Transport that is
	// set decides alone.
	Allowed []Transport
}

// ParseURI reads a SIP URI, or HOST[:PORT] alone, which means sips. A maddr parameter is refused: it leads past the
// domain, and nothing has used it for long.
func ParseURI(text string) (Query, error) {
	q, err := parseURI(text)
	if err != nil {
		return Query{}, fmt.Errorf("the server %q is not written as sips:HOST[:PORT]: %w", short(text), err)
	}
	return q, nil
}

func parseURI(text string) (q Query, err error) {
	q.Secure = true
	if scheme, rest, ok := strings.Cut(text, ":"); ok && (strings.EqualFold(scheme, "sip") || strings.EqualFold(scheme, "sips")) {
		q.Secure, text = strings.EqualFold(scheme, "sips"), rest
	}
	text = text[strings.LastIndexByte(text, '@')+1:]
	text, _, _ = strings.Cut(text, "?")
	text, params, _ := strings.Cut(text, ";")
	if q.Host, q.Port, err = splitPort(text); err != nil {
		return q, err
	}
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(param, "=")
		switch strings.ToLower(name) {
		case "transport":
			q.Transport = Transport(strings.ToLower(value))
		case "maddr":
			return q, fmt.Errorf("%w: it has a maddr parameter", ErrInvalid)
		}
	}
	_, err = q.normal()
	return q, err
}

// splitPort takes the port off HOST, HOST:PORT, [IPv6], [IPv6]:PORT or an IPv6 address without brackets.
func splitPort(text string) (host string, port uint16, err error) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 || text[i-min(i, 1)] != ']' && strings.Count(text, ":") > 1 {
		return text, 0, nil
	}
	n, err := strconv.ParseUint(text[i+1:], 10, 16)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("%w: the port %q is not in 1 to 65535", ErrInvalid, short(text[i+1:]))
	}
	return text[:i], uint16(n), nil
}

// normal checks a query and settles what follows of it: Allowed holds exactly what may be used.
func (q Query) normal() (Query, error) {
	q.Host = strings.TrimSuffix(strings.ToLower(q.Host), ".")
	if n := len(q.Host) - 1; n > 0 && q.Host[0] == '[' && q.Host[n] == ']' && strings.Contains(q.Host, ":") {
		q.Host = q.Host[1:n]
	}
	if _, numeric := q.address(); !numeric && !isName(q.Host) {
		return q, fmt.Errorf("%w: %q is neither a host name nor an address; letters beyond ASCII stand as xn--", ErrInvalid, short(q.Host))
	}
	switch {
	case q.Transport != "":
		q.Allowed = []Transport{q.Transport}
	case len(q.Allowed) == 0:
		q.Allowed = usual()
	}
	var allowed []Transport
	for _, t := range q.Allowed {
		if !slices.Contains([]Transport{UDP, TCP, TLS, WS, WSS}, t) {
			return q, fmt.Errorf("%w: the transport %q is not known", ErrInvalid, short(string(t)))
		}
		if q.Secure && q.Transport != "" {
			t = t.secured() // sips with transport=tcp is TLS
		}
		if t != "" && (t.Secure() || !q.Secure) && !slices.Contains(allowed, t) {
			allowed = append(allowed, t)
		}
	}
	if len(allowed) == 0 {
		return q, fmt.Errorf("%w: a sips address goes over TLS, the account allows %v alone", ErrInsecure, q.Allowed)
	}
	if q.Transport != "" {
		q.Transport = allowed[0]
	}
	q.Allowed = allowed
	return q, nil
}

// address is the host as an address.
func (q Query) address() (addr netip.Addr, numeric bool) {
	addr, err := netip.ParseAddr(q.Host)
	return addr.Unmap(), err == nil
}

// serverName is whom a certificate has to name (RFC 5922 section 4).
func (q Query) serverName() string {
	if addr, numeric := q.address(); numeric {
		return addr.WithZone("").String()
	}
	return q.Host
}

// fallback is the transport where nothing tells of another (RFC 3263 section 4.1), if it may be used.
func (q Query) fallback() Transport {
	usual := UDP
	if q.Secure {
		usual = TLS
	}
	if slices.Contains(q.Allowed, usual) {
		return usual
	}
	return q.Allowed[0]
}

// isName checks a name in presentation form without the last dot.
func isName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
		}
	}
	return true
}
