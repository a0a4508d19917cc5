// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import "time"

// The first numbers of each end's half.
const (
	FirstOfRequester uint16 = 32768
	FirstOfRequested uint16 = 1
)

// Config bounds what the far end can make this end hold and wait for. Zero values mean the defaults
// named.
type Config struct {
	// Streams is how many streams of each end may exist at a time; more of the far end's are
	// declined; 64.
	Streams int
	// Backlog is how many requests may wait for Accept; more are declined; 16.
	Backlog int
	// Name is the longest name of a stream in bytes; longer ones are declined; 255.
	Name int
	// Buffer is how many bytes a stream holds that nobody has read; 128 KiB.
	Buffer int
	// Write is how long a write may wait for the far end to read before the socket ends; 30 s.
	Write time.Duration
}

func (c Config) withDefaults() Config {
	orDefault(&c.Streams, 64)
	orDefault(&c.Backlog, 16)
	orDefault(&c.Name, 255)
	orDefault(&c.Buffer, 128<<10)
	orDefault(&c.Write, 30*time.Second)
	return c
}

func orDefault[T int | time.Duration](value *T, byDefault T) {
	if *value <= 0 {
		*value = byDefault
	}
}
