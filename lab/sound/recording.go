// SPDX-License-Identifier: GPL-3.0-or-later

package sound

import (
	"encoding/binary"
	"os"
	"slices"
	"testing"
	"time"

	"bellwire/lab/wait"
	"bellwire/media/audio"
)

const (
	window = 100 * time.Millisecond
	// settled is how many windows in a row a tone must fill to be heard: a machine that has much to do
	// makes gaps in longer pieces, and shorter ones are the edges between tones.
	settled = 3
	// present is the least share of a tone that is there, Absent the most of one that is not.
	present = 0.8
	Absent  = 0.1
)

// Recording is a WAV file that a program writes, or has written, with 16-bit samples.
type Recording string

// Samples returns the first channel of what is there so far, and its rate; nothing and 0 before the
// file has a header. The length in the header is not looked at: linphone's claims too much, and
// those of files that are still written nothing.
func (r Recording) Samples(t testing.TB) ([]int16, int) {
	t.Helper()
	data, err := os.ReadFile(string(r))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return nil, 0
	}
	data = data[12:]
	var channels, rate int
	for len(data) >= 8 {
		name, size := string(data[:4]), int(binary.LittleEndian.Uint32(data[4:]))
		data = data[8:]
		switch {
		case name == "data" && channels > 0:
			pcm := make([]int16, 0, len(data)/(2*channels))
			for ; len(data) >= 2*channels; data = data[2*channels:] {
				pcm = append(pcm, int16(binary.LittleEndian.Uint16(data)))
			}
			return pcm, rate
		case name == "fmt " && size >= 16 && size <= len(data):
			channels = int(binary.LittleEndian.Uint16(data[2:]))
			rate = int(binary.LittleEndian.Uint32(data[4:]))
			if format, bits := binary.LittleEndian.Uint16(data), binary.LittleEndian.Uint16(data[14:]); (format != 1 && format != 0xfffe) || bits != 16 {
				t.Fatalf("%s has samples of format %d with %d bits, not PCM with 16", r, format, bits)
			}
		}
		data = data[min(len(data), size+size&1):]
	}
	return nil, 0
}

// Heard returns which of the tones follow one another in the recording: each that is alone for 300 ms
// or more, once however long it lasts. Silence, sound that is none of the tones, and tones that the
// rate cannot have are left out.
func (r Recording) Heard(t testing.TB, tones ...float64) (heard []float64) {
	t.Helper()
	pcm, rate := r.Samples(t)
	var last float64
	var run int
	n := int(int64(rate) * int64(window) / int64(time.Second))
	for ; n > 0 && len(pcm) >= n; pcm = pcm[n:] {
		now := 0.0
		for _, hz := range tones {
			if 2*hz < float64(rate) && audio.FindTone(pcm[:n], rate, hz).Mean >= present { // or its alias
				now = hz
			}
		}
		if now != last {
			last, run = now, 0
		}
		run++
		if run == settled && now != 0 && (len(heard) == 0 || heard[len(heard)-1] != now) {
			heard = append(heard, now)
		}
	}
	return heard
}

// Await waits until the tones have been heard in this order, others of them between.
func (r Recording) Await(t testing.TB, limit time.Duration, tones ...float64) {
	t.Helper()
	var heard []float64
	if !wait.Until(limit, func() bool { heard = r.Heard(t, tones...); return follows(heard, tones) }) {
		pcm, rate := r.Samples(t)
		t.Fatalf("after %v the tones heard are %v, not %v; %s has %d samples of %d Hz, RMS %.0f", limit, heard, tones, r, len(pcm), rate, audio.RMS(pcm))
	}
}

// follows reports whether all of want are in have, in that order.
func follows(have, want []float64) bool {
	for _, hz := range want {
		at := slices.Index(have, hz)
		if at < 0 {
			return false
		}
		have = have[at+1:]
	}
	return true
}

// Share is how much of the recording is one tone: of a mix of two each has near 0.5, of one that is
// not there it is below Absent.
func (r Recording) Share(t testing.TB, hz float64) float64 {
	t.Helper()
	pcm, rate := r.Samples(t)
	return audio.FindTone(pcm, rate, hz).Mean
}
