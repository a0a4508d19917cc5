// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"errors"
	"io"
	"testing"

	"bellwire/media/audio"
)

// disturbed looks at each second of a recording and counts those in which something else is heard than
// a tone of so many hertz, or nothing for a moment. The first, in which the call begins, is left out.
func (r Recording) disturbed(t *testing.T, hz float64) (seconds, bad int) {
	t.Helper()
	wav, err := audio.OpenWAV(string(r))
	if err != nil {
		t.Fatal(err)
	}
	defer wav.Close()
	pcm := make([]int16, wav.Rate())
	for first := true; ; first = false {
		if _, err := wav.ReadPCM(pcm); errors.Is(err, io.EOF) {
			return seconds, bad
		} else if err != nil {
			t.Fatal(err)
		}
		if first {
			continue
		}
		seconds++
		if s := audio.FindTone(pcm, wav.Rate(), hz); s.Windows < 10 || s.Least < present {
			bad++
		}
	}
}
