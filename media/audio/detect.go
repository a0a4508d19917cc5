// SPDX-License-Identifier: GPL-3.0-or-later

package audio

import (
	"math"
	"time"
)

const (
	// detectWindow is the piece of sound that is judged at once.
	detectWindow = 100 * time.Millisecond
	// detectRMS, of 32768, is what a window must have to be judged: below is silence.
	detectRMS = 100
)

// Share is how much of a sound is one tone.
type Share struct {
	Windows int     // of 100 ms, that were loud enough to judge
	Mean    float64 // the tone's part of the power in them, 0 to 1
	Least   float64 // in the worst of them
}

// FindTone measures a tone in sound of a rate in Hz, in windows of 100 ms; those with an RMS below
// 100 of 32768 are left out. A pure tone has a Mean near 1, its absence one near 0.
func FindTone(pcm []int16, rate int, hz float64) Share {
	n := int(int64(rate) * int64(detectWindow) / int64(time.Second))
	s := Share{Least: 1}
	for ; n > 0 && len(pcm) >= n; pcm = pcm[n:] {
		w := pcm[:n]
		if RMS(w) < detectRMS {
			continue
		}
		part := tonePart(w, rate, hz)
		s.Windows++
		s.Mean += part
		s.Least = min(s.Least, part)
	}
	if s.Windows == 0 {
		return Share{}
	}
	s.Mean /= float64(s.Windows)
	return s
}

// tonePart is the power of one frequency, by Goertzel's algorithm, over that of all.
func tonePart(pcm []int16, rate int, hz float64) float64 {
	w := 2 * math.Pi * hz / float64(rate)
	c := 2 * math.Cos(w)
	var s1, s2, total float64
	for _, x := range pcm {
		s1, s2 = float64(x)+c*s1-s2, s1
		total += float64(x) * float64(x)
	}
	power := s1*s1 + s2*s2 - c*s1*s2
	return min(1, 2*power/(float64(len(pcm))*total))
}

// RMS is the root mean square of the samples.
func RMS(pcm []int16) float64 {
	if len(pcm) == 0 {
		return 0
	}
	var total float64
	for _, x := range pcm {
		total += float64(x) * float64(x)
	}
	return math.Sqrt(total / float64(len(pcm)))
}
