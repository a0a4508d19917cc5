// SPDX-License-Identifier: GPL-3.0-or-later

package speech

import (
	"testing"
	"time"

	"bellwire/media/audio"
)

func TestSpeech(t *testing.T) {
	for name, w := range map[string]*audio.WAV{"Alice": Alice(), "Bob": Bob()} {
		pcm, err := audio.ReadAll(w, time.Minute)
		if err != nil || w.Rate() != 16000 || w.Duration() < 3*time.Second || w.Duration() > 5*time.Second {
			t.Errorf("%s: %v at %d Hz, %v", name, w.Duration(), w.Rate(), err)
		}
		if audio.RMS(pcm) < 500 {
			t.Errorf("%s is too quiet: %.0f", name, audio.RMS(pcm))
		}
	}
}
