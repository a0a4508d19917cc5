// SPDX-License-Identifier: GPL-3.0-or-later

package auth

import "strings"

// Limits of what is read of one header field. A nonce is rarely longer than 100 bytes.
const (
	maxField  = 8192
	maxOffers = 16
	maxParams = 32
)

// offer is one scheme with its parameters, as a WWW-Authenticate or Proxy-Authenticate field lists them.
type offer struct {
	scheme string
	params map[string]string // names in lower case, values as they stand between the quotes; the first of a name counts
	broken bool              // a value was cut off, or could not be sent back
}

// offers splits a field value. RFC 3261 allows one challenge in each field, HTTP several with commas between: a token
// that no "=" follows starts the next. Stray commas and whatever cannot start a name are skipped.
func offers(text string) []offer {
	if len(text) > maxField {
		return nil
	}
	var all []offer
	for rest := text; ; {
		var name string
		name, rest = nextToken(rest)
		if name == "" {
			return all
		}
		assigned, isParam := strings.CutPrefix(strings.TrimLeft(rest, " \t"), "=")
		if !isParam {
			if len(all) == maxOffers {
				return all
			}
			all = append(all, offer{scheme: name, params: map[string]string{}})
			continue
		}
		var value string
		var ok bool
		value, rest, ok = paramValue(strings.TrimLeft(assigned, " \t"))
		if len(all) > 0 {
			all[len(all)-1].set(strings.ToLower(name), value, ok)
		}
	}
}

func (o *offer) set(name, value string, ok bool) {
	if !ok {
		o.broken = true
	}
	if _, known := o.params[name]; !known && len(o.params) < maxParams {
		o.params[name] = value
	}
}

// nextToken skips to the next token and splits it off; empty at the end.
func nextToken(s string) (token, rest string) {
	from := 0
	for from < len(s) && !isTokenByte(s[from]) {
		from++
	}
	to := from
	for to < len(s) && isTokenByte(s[to]) {
		to++
	}
	return s[from:to], s[to:]
}

// paramValue splits off a value, quoted or up to the next comma or space. It is not ok when it lacks its closing quote
// or holds what may not be written between quotes as it is.
func paramValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		to := strings.IndexAny(s, ", \t")
		if to < 0 {
			to = len(s)
		}
		return s[:to], s[to:], !strings.ContainsAny(s[:to], `"\`) && !hasControl(s[:to])
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[1:i], s[i+1:], !hasControl(s[1:i])
		}
	}
	return s[1:], "", false
}

// isTokenByte is RFC 3261 section 25.1.
func isTokenByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-.!%*_+`'~", c) >= 0
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// escape makes text fit between quotes.
func escape(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }

// unescape resolves the quoted pairs of text that stood between quotes.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
