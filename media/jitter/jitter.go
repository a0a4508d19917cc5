// SPDX-License-Identifier: GPL-3.0-or-later

// Package jitter turns packets that arrive late, twice, out of order or never into a steady flow
// of sound, with as little delay as the path allows.
//
// A Player keeps packets for as long as all but a few of them need to arrive (estimate.go), makes
// up sound in place of those that do not (conceal.go), and follows changes of the path and the
// sender's clock by playing a little faster or slower: it leaves out or repeats whole periods of
// the sound, which changes neither pitch nor timbre (stretch.go).
package jitter

import "time"

// Frame is the length of sound that a Player gives at a time.
const Frame = 20 * time.Millisecond

// Decoder turns the payload of a packet into samples, which it appends to dst.
type Decoder interface {
	Decode(dst []int16, payload []byte) ([]int16, error)
}

// Stats are the figures of a Player.
type Stats struct {
	Delay     time.Duration // how long sound waits here at present, smoothed
	Target    time.Duration // what the path needs at present
	Concealed time.Duration // sound made up so far
	Late      uint64        // packets that came too late to be played
	Broken    uint64        // payloads that the decoder refused
	Stretched uint64        // times a period was left out or repeated
}
