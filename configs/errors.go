// SPDX-License-Identifier: GPL-3.0-or-later

package configs

import "fmt"

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
	return fmt.Sprintf("%s: %s: %s", where, e.Key, e.Problem)
}
