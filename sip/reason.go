// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"strconv"
	"strings"
)

// Reason is a Reason header field (RFC 3326): why a CANCEL, BYE or refusal was sent. The zero value sends none.
type Reason struct {
	Protocol string // "SIP" or "Q.850"; empty means SIP
	Cause    int    // such as 200 with the text "Call completed elsewhere"; 0 leaves the header out
	Text     string
}

// headers returns the header field, or none for the zero value.
func (r Reason) headers() []Header {
	if r.Cause == 0 {
		return nil
	}
	protocol := r.Protocol
	if !isToken(protocol) {
		protocol = "SIP"
	}
	value := protocol + ";cause=" + strconv.Itoa(r.Cause)
	if r.Text != "" && !hasControl(r.Text) {
		value += `;text="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(r.Text) + `"`
	}
	return []Header{{"Reason", value}}
}

// parseReason reads the first reason of a header field's values. What it cannot read stays zero.
func parseReason(values []string) (r Reason) {
	if len(values) == 0 {
		return r
	}
	for i, part := range splitOutsideQuotes(values[0], ';') {
		name, value, _ := strings.Cut(part, "=")
		value = strings.TrimSpace(value)
		switch name = strings.ToLower(strings.TrimSpace(name)); {
		case i == 0:
			r.Protocol = strings.TrimSpace(part)
		case name == "cause":
			if n, err := strconv.ParseUint(value, 10, 16); err == nil {
				r.Cause = int(n)
			}
		case name == "text" && r.Text == "":
			r.Text = unquote(strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`))
		}
	}
	return r
}
