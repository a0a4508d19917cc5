// SPDX-License-Identifier: GPL-3.0-or-later

//go:build (linux || darwin) && (amd64 || arm64)

package codec

import (
	"errors"
	"strings"
	"testing"
)

func TestLibopusMissing(t *testing.T) {
	for _, names := range [][]string{nil, {"libnothing.so.9"}, {"libnothing.so.9", "libnothing.so"}} {
		if _, err := openLibopus(names); !errors.Is(err, ErrNoLibopus) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v", names, err)
		}
	}
	// A library of that name that is something else must not be called.
	if _, err := openLibopus([]string{"libc.so.6", "/usr/lib/libSystem.B.dylib"}); !errors.Is(err, ErrNoLibopus) {
		t.Errorf("another library: %v", err)
	}
}
