// SPDX-License-Identifier: GPL-3.0-or-later

package audio

import (
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"bellwire/internal/peer"
)

// TestAgainstSox converts a sweep up to 80 % of the lower limit as sox does at its best quality,
// and compares the two, moved by the difference of their delays.
func TestAgainstSox(t *testing.T) {
	sox := peer.Need(t, "sox")
	for _, c := range [][2]int{{8000, 16000}, {16000, 48000}, {44100, 48000}, {48000, 16000}, {48000, 8000}, {11025, 16000}, {22050, 8000}} {
		from, to := c[0], c[1]
		dir := t.TempDir()
		sweep, theirs := filepath.Join(dir, "sweep.wav"), filepath.Join(dir, "theirs.wav")
		run := func(args ...string) {
			if out, err := exec.Command(sox, args...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		run("-R", "-D", "-n", "-r", fmt.Sprint(from), "-b", "16", "-c", "1", sweep, "synth", "1", "sine", fmt.Sprintf("50-%d", min(from, to)*2/5), "gain", "-6")
		run("-R", "-D", sweep, "-b", "16", theirs, "rate", "-v", fmt.Sprint(to))
		read := func(name string) []int16 {
			w, err := OpenWAV(name)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			pcm, err := ReadAll(w, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			return pcm
		}
		want := read(theirs)
		got := NewResampler(from, to).Resample(nil, append(read(sweep), make([]int16, from/10)...))
		best := math.Inf(-1)
		for shift := range 400 {
			var noise, signal float64
			for i := to / 10; i < to*9/10 && i+shift < len(got); i++ {
				d := float64(got[i+shift]) - float64(want[i])
				noise += d * d
				signal += float64(want[i]) * float64(want[i])
			}
			best = max(best, 10*math.Log10(signal/math.Max(noise, 1)))
		}
		t.Logf("%d to %d Hz: %.1f dB", from, to, best)
		if best < 60 {
			t.Errorf("%d to %d Hz: the two differ by %.1f dB", from, to, best)
		}
	}
}
