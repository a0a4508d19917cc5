// SPDX-License-Identifier: GPL-3.0-or-later

// Package sound is what real peers say and hear in tests: files of tones they play, and the tones found
// in the files they record.
package sound

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"
	"time"

	"bellwire/media/audio"
)

// Staircase are the tones of the wide-band check, each as long as Stair: those above 3.4 kHz pass only where
// G.722 or Opus is spoken all the way, the last only with Opus.
var Staircase = []float64{400, 1000, 2000, 3000, 5000, 6500, 10000}

// Stair is how long each tone of Staircase lasts.
const Stair = 600 * time.Millisecond

// Tone returns a sine at a quarter of full scale. A whole number of seconds can be repeated without a
// click when hz is whole too.
func Tone(rate int, hz float64, length time.Duration) []int16 {
	pcm := make([]int16, int(length.Seconds()*float64(rate)))
	audio.NewTone(audio.Tone{Hz: hz, SampleRate: rate}).ReadPCM(pcm) // a tone has no end and no error
	return pcm
}

// Stairs returns the Staircase, less the tones that the rate cannot have.
func Stairs(rate int) (pcm []int16) {
	for _, hz := range Staircase {
		if 2*hz < float64(rate) {
			pcm = append(pcm, Tone(rate, hz, Stair)...)
		}
	}
	return pcm
}

// WriteWAV makes a WAV file with the samples in each of the channels.
func WriteWAV(t testing.TB, name string, rate, channels int, pcm []int16) {
	t.Helper()
	create := audio.CreateWAV
	if channels == 2 {
		create = audio.CreateStereoWAV
		both := make([]int16, 0, 2*len(pcm))
		for _, s := range pcm {
			both = append(both, s, s)
		}
		pcm = both
	}
	file, err := create(name, rate)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.WritePCM(pcm); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// WriteRaw makes a file of samples without a header, little-endian, as Asterisk's .sln formats are.
func WriteRaw(t testing.TB, name string, pcm []int16) {
	t.Helper()
	var raw bytes.Buffer
	binary.Write(&raw, binary.LittleEndian, pcm) // a buffer takes everything
	if err := os.WriteFile(name, raw.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
