// SPDX-License-Identifier: GPL-3.0-or-later

// Package speech holds two short sentences, spoken by a synthesiser, for demonstrations and tests.
package speech

import (
	_ "embed" // the recordings

	"bellwire/media/audio"
)

var (
	//go:embed alice.wav
	alice []byte
	//go:embed bob.wav
	bob []byte
)

// Alice says hello, 16 kHz.
func Alice() *audio.WAV { return open("alice.wav", alice) }

// Bob answers, 16 kHz.
func Bob() *audio.WAV { return open("bob.wav", bob) }

func open(name string, data []byte) *audio.WAV {
	w, err := audio.ParseWAV(name, data)
	if err != nil {
		panic(err) // the files are a part of the program, and a test opens them
	}
	return w
}
