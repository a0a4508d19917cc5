// SPDX-License-Identifier: GPL-3.0-or-later

package sound

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestTonesAreFoundInTheirOrder(t *testing.T) {
	for _, channels := range []int{1, 2} {
		name := filepath.Join(t.TempDir(), "a.wav")
		pcm := slices.Concat(Tone(8000, 440, time.Second), make([]int16, 4000), Tone(8000, 523, time.Second), Tone(8000, 440, time.Second))
		WriteWAV(t, name, 8000, channels, pcm)
		r := Recording(name)
		if got := r.Heard(t, 440, 523, 770); !slices.Equal(got, []float64{440, 523, 440}) {
			t.Errorf("%d channels: heard %v", channels, got)
		}
		r.Await(t, time.Second, 440, 523)
		if share := r.Share(t, 440); share < 0.6 || share > 0.7 {
			t.Errorf("440 Hz has a share of %v", share)
		}
		if share := r.Share(t, 770); share > Absent {
			t.Errorf("770 Hz has a share of %v", share)
		}
	}
}

func TestTheLengthInTheHeaderIsNotBelieved(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.wav")
	WriteWAV(t, name, 16000, 1, Stairs(16000))
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, length := range []string{"\x00\x00\x00\x00", "\xff\xff\xff\xff"} {
		copy(data[40:], length)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := Recording(name).Heard(t, Staircase...); !slices.Equal(got, Staircase[:6]) {
			t.Errorf("heard %v", got)
		}
	}
	for _, text := range []string{"", "RIFF1234WAVE", "RIFF1234WAVEdata1234", "RIFF1234WAVEfmt \xff\xff\xff\xff1234"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if pcm, rate := Recording(name).Samples(t); len(pcm) != 0 || rate != 0 {
			t.Errorf("%q has %d samples of %d Hz", text, len(pcm), rate)
		}
	}
}
