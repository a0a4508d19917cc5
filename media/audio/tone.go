// SPDX-License-Identifier: GPL-3.0-or-later

package audio

import "math"

// Tone describes a sine.
type Tone struct {
	Hz         float64
	SampleRate int     // 0 is 48000
	Amplitude  float64 // of 32767; 0 is 8000, about -12 dB
}

// NewTone returns a Source of the tone that never ends.
func NewTone(t Tone) Source {
	if t.SampleRate == 0 {
		t.SampleRate = 48000
	}
	if t.Amplitude == 0 {
		t.Amplitude = 8000
	}
	return &toneSource{tone: t}
}

// fill writes the samples of the tone from its nth on.
func (t Tone) fill(dst []int16, n int) {
	step := 2 * math.Pi * t.Hz / float64(t.SampleRate)
	for i := range dst {
		dst[i] = int16(math.Round(t.Amplitude * math.Sin(step*float64(n+i))))
	}
}

type toneSource struct {
	tone Tone
	n    int
}

func (t *toneSource) Rate() int { return t.tone.SampleRate }

func (t *toneSource) ReadPCM(dst []int16) (int, error) {
	t.tone.fill(dst, t.n)
	t.n += len(dst)
	return len(dst), nil
}
