// SPDX-License-Identifier: GPL-3.0-or-later

package call

import "testing"

func TestParseRelay(t *testing.T) {
	for body, want := range map[string]byte{
		"Signal=5\r\nDuration=250\r\n": '5',
		"signal = #\n":                 '#',
		"Duration=250\r\nSignal=d":     'D',
		"Signal=12\r\n":                0,
		"Signal=\r\n":                  0,
		"":                             0,
	} {
		if key, ok := parseRelay([]byte(body)); key != want || ok != (want != 0) {
			t.Errorf("%q: %q, %v", body, key, ok)
		}
	}
}
