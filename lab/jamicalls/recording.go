// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"os"
	"testing"
	"time"

	"bellwire/lab/wait"
	"bellwire/media/audio"
)

// settled is how long a tone must have been heard without a gap to be there, present its least share
// then, absent the most of a tone that is not.
const (
	settled         = 300 * time.Millisecond
	present, absent = 0.8, 0.1
)

// Recording is a WAV file that a Bellwire writes.
type Recording string

// Hear waits until a tone is in a recording, and checks that another is not. Both are in Hz.
func (r Recording) Hear(t testing.TB, there, notThere float64) {
	t.Helper()
	r.HearSince(t, 0, there, notThere)
}

// HearSince is Hear for what comes later than a time after the beginning. The file grows once a second.
func (r Recording) HearSince(t testing.TB, from time.Duration, there, notThere float64) {
	t.Helper()
	var pcm []int16
	var rate int
	var size int64
	found := wait.Until(callLimit, func() bool {
		info, err := os.Stat(string(r))
		if err != nil || info.Size() == size {
			return false
		}
		size = info.Size()
		pcm, rate = r.part(t, from, time.Hour)
		return hasTone(pcm, rate, there)
	})
	if !found {
		t.Fatalf("no tone of %v Hz is in %d samples of %d Hz", there, len(pcm), rate)
	}
	if share := audio.FindTone(pcm, rate, notThere); share.Mean > absent {
		t.Errorf("a tone of %v Hz has a share of %.2f of what is heard", notThere, share.Mean)
	}
}

func hasTone(pcm []int16, rate int, hz float64) bool {
	step, length := rate/10, int(settled.Seconds()*float64(rate))
	for at := 0; step > 0 && at+length <= len(pcm); at += step {
		if s := audio.FindTone(pcm[at:at+length], rate, hz); s.Windows >= 3 && s.Least >= present {
			return true
		}
	}
	return false
}

// read returns what was recorded so far: the file is valid at any time.
func (r Recording) read(t testing.TB) ([]int16, int) {
	t.Helper()
	wav, err := audio.OpenWAV(string(r))
	if err != nil {
		return nil, 0 // not there yet
	}
	defer wav.Close()
	pcm, err := audio.ReadAll(wav, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return pcm, wav.Rate()
}

// part is what was recorded between two moments since the beginning.
func (r Recording) part(t testing.TB, from, to time.Duration) ([]int16, int) {
	t.Helper()
	pcm, rate := r.read(t)
	at := func(d time.Duration) int { return min(len(pcm), int(d.Seconds()*float64(rate))) }
	return pcm[at(from):at(to)], rate
}
