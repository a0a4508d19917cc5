// SPDX-License-Identifier: GPL-3.0-or-later

package main

import "testing"

func TestFunctionKeysPressNothing(t *testing.T) {
	for in, want := range map[string]string{
		"12#":                "12#",
		"\x1b[15~":           "",
		"\x1b[Ah":            "h",
		"\x1bOP5\x1b[1;5C6":  "56",
		"\x1b":               "",
		"\x1b[":              "",
		"\x1bq":              "",
		"1\x1b[2~2\x1b[3~3h": "123h",
	} {
		if got := string(plainKeys([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
