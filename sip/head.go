// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"errors"
	"strings"
)

const (
	maxFields = 256 // header fields of one message
	maxParams = 128 // semicolons in one header field: looking a parameter up is linear in them
)

var (
	errControl = errors.New("a header field holds a control character")
	errField   = errors.New("a header line is not NAME: VALUE")
	errFields  = errors.New("too many header fields")
	errParams  = errors.New("too many parameters in a header field")
)

// field is one header field, its name long and in lower case, its value unfolded and trimmed.
type field struct{ name, value string }

// head is the start line and the header fields of a message as they came. Responses repeat the fields of a request from
// here, to the letter.
type head struct {
	start  string
	fields []field
}

// compactNames are the short forms of RFC 3261 section 7.3.3 and of the extensions that define one.
var compactNames = map[string]string{
	"a": "accept-contact", "b": "referred-by", "c": "content-type", "e": "content-encoding", "f": "from",
	"i": "call-id", "k": "supported", "l": "content-length", "m": "contact", "o": "event", "r": "refer-to",
	"s": "subject", "t": "to", "u": "allow-events", "v": "via",
}

// parseHead splits a head that ends in an empty line.
func parseHead(b []byte) (head, error) {
	if err := checkBytes(b); err != nil {
		return head{}, err
	}
	text := strings.TrimSuffix(string(b), "\r\n\r\n")
	start, text, _ := strings.Cut(text, "\r\n")
	h := head{start: start, fields: make([]field, 0, 16)}
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\r\n")
		if line[:min(1, len(line))] == " " || line[:min(1, len(line))] == "\t" {
			if len(h.fields) == 0 {
				return h, errField
			}
			last := &h.fields[len(h.fields)-1]
			last.value = strings.TrimSpace(last.value + " " + strings.TrimSpace(line))
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimRight(name, " \t")
		if !ok || !isToken(name) {
			return h, errField
		}
		if len(h.fields) == maxFields {
			return h, errFields
		}
		h.fields = append(h.fields, field{longName(name), strings.TrimSpace(value)})
	}
	for _, f := range h.fields {
		if strings.Count(f.value, ";") > maxParams {
			return h, errParams
		}
	}
	return h, nil
}

// checkBytes allows line ends, tabs and what prints. Other characters end up in terminals and in messages of our own.
func checkBytes(b []byte) error {
	for i, c := range b {
		switch {
		case c == '\r' && i+1 < len(b) && b[i+1] == '\n', c == '\n' && i > 0 && b[i-1] == '\r', c == '\t':
		case c < ' ' || c == 0x7f:
			return errControl
		}
	}
	return nil
}

// isToken is the token of RFC 3261 section 25.1.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && strings.IndexByte("-.!%*_+`'~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// splitOutsideQuotes splits at sep, quoted strings kept whole, and stops at the first comma outside of them: what
// follows is another value.
func splitOutsideQuotes(s string, sep byte) (parts []string) {
	quoted, from := false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && c == sep:
			parts = append(parts, s[from:i])
			from = i + 1
		case !quoted && c == ',':
			return append(parts, s[from:i])
		}
	}
	return append(parts, s[from:])
}

func longName(name string) string {
	name = strings.ToLower(name)
	if long, ok := compactNames[name]; ok {
		return long
	}
	return name
}

// all returns the values of a field, named in lower case, in order.
func (h *head) all(name string) []string {
	var values []string
	for _, f := range h.fields {
		if f.name == name {
			values = append(values, f.value)
		}
	}
	return values
}

// get returns the first value of a field, empty when there is none.
func (h *head) get(name string) string {
	for _, f := range h.fields {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// count returns how often a field occurs.
func (h *head) count(name string) (n int) {
	for _, f := range h.fields {
		if f.name == name {
			n++
		}
	}
	return n
}

// method returns the method of a request as written, empty for a response.
func (h *head) method() string {
	if hasPrefixFold([]byte(h.start), "SIP/") {
		return ""
	}
	method, _, _ := strings.Cut(h.start, " ")
	return method
}

// echo returns the size of the fields that responses repeat.
func (h *head) echo() (n int) {
	for _, f := range h.fields {
		switch f.name {
		case "via", "from", "to", "call-id", "cseq", "record-route":
			n += len(f.name) + len(f.value) + 4
		}
	}
	return n
}
