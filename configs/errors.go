// SPDX-License-Identifier: GPL-3.0-or-later

package configs

import (
	"fmt"
	"strings"
	"unicode"
)

// longestKey is how much of a key an error shows; ours are shorter.
const longestKey = 64

// Error says in one sentence where a configuration is wrong, and how.
type Error struct {
	File    string // path of the file, or "--set" for an override
	Line    int    // counted from 1; 0 when there is none
	Key     string // such as "dht.listen"; may be empty
	Problem string
}

func (e *Error) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Key == "" {
		return fmt.Sprintf("%s: %s", where, e.Problem)
	}
	return fmt.Sprintf("%s: %s: %s", where, shown(e.Key), e.Problem)
}

// shown makes a key that anybody may have written fit for one sentence.
func shown(key string) string {
	if len(key) > longestKey {
		key = key[:longestKey] + "…"
	}
	if strings.ContainsFunc(key, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Sprintf("%q", key)
	}
	return key
}
