// SPDX-License-Identifier: GPL-3.0-or-later

package contacts

import (
	"strings"
	"unicode"
)

// Bounds of what is kept of one account, in bytes.
const (
	maxName         = 128
	maxConversation = 64 // Jami's have 40
)

// Name makes a name that somebody claims fit to be shown: short, on one line, and without what would
// change the direction of the text around it.
func Name(claimed string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return ' '
		case '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069':
			return -1
		}
		return r
	}, strings.ToValidUTF8(claimed, ""))
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	return strings.TrimSpace(name)
}
