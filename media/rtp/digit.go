// SPDX-License-Identifier: GPL-3.0-or-later

// Package rtp reads and writes RTP (RFC 3550) headers in place, keeps the statistics of each
// direction, builds and parses RTCP reports, and carries digits (RFC 4733).
package rtp

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// Digit is a key that the far end pressed: one of 0-9 * # A B C D.
type Digit struct {
	Key      byte
	Duration time.Duration // as far as its packets told
}

// keys are the telephone events 0 to 15 in order (RFC 4733 3.2).
const keys = "0123456789*#ABCD"

const (
	eventSize  = 4
	endBit     = 0x80
	eventLevel = 10 // dB below full power
	// endPackets is how often the end of an event is sent (RFC 4733 2.5.1.4).
	endPackets = 3
)

// CheckKeys returns an error that names the first character that is not a key. Lower case letters
// are keys too.
func CheckKeys(text string) error {
	for _, c := range text {
		if !strings.ContainsRune(keys, upper(c)) {
			return fmt.Errorf("%q is not a key: use 0-9, *, # and A-D", c)
		}
	}
	return nil
}

func upper(c rune) rune {
	if c >= 'a' && c <= 'd' {
		return c - 'a' + 'A'
	}
	return c
}

// Press is the sending of one key: one packet for each frame of its length and two more, which
// repeat the end. All have the timestamp of the first.
type Press struct {
	event  byte
	step   int // duration that each packet adds, in clock units
	frames int
	sent   int
}

// NewPress begins a key that lasts a number of 20 ms frames, on the clock of the telephone-event
// payload type. The key must have passed CheckKeys.
func NewPress(key byte, frames, clockRate int) Press {
	return Press{event: byte(strings.IndexRune(keys, upper(rune(key)))), step: clockRate / 50, frames: frames}
}

// Next appends the payload of the next packet to dst. first asks for the marker bit; more is false
// with the last packet.
func (p *Press) Next(dst []byte) (payload []byte, first, more bool) {
	p.sent++
	second := byte(eventLevel)
	if p.sent >= p.frames {
		second |= endBit
	}
	dst = append(dst, p.event, second)
	dst = binary.BigEndian.AppendUint16(dst, uint16(min(p.sent, p.frames)*p.step))
	return dst, p.sent == 1, p.sent < p.frames+endPackets-1
}

// digitTimeout ends an event whose end packets were all lost.
const digitTimeout = 150 * time.Millisecond

// Digits puts the packets of telephone events together to keys, each once. It is not safe for
// concurrent use; the zero value is ready.
type Digits struct {
	pressed bool // a key is down
	event   byte
	start   uint32 // its timestamp
	length  uint32 // in clock units, so far
	base    uint32 // length of the segments before this one (RFC 4733 2.5.1.3)
	last    time.Time
	any     bool   // some key ended already
	ended   uint32 // timestamp of the newest that did
}

// Receive takes the payload of one packet and returns the key that it ends, if any. The end of one
// key can be known by the beginning of the next.
func (d *Digits) Receive(payload []byte, timestamp uint32, clockRate int, at time.Time) (Digit, bool) {
	if len(payload) < eventSize || int(payload[0]) >= len(keys) {
		return Digit{}, false
	}
	event, end := payload[0], payload[1]&endBit != 0
	length := uint32(binary.BigEndian.Uint16(payload[2:]))
	if d.any && int32(timestamp-d.ended) <= 0 {
		return Digit{}, false // again the end of a key, or a packet overtaken by it
	}
	var done Digit
	var ok bool
	switch {
	case d.pressed && timestamp == d.start:
	case d.pressed && event == d.event && timestamp == d.start+0xffff && length < 0xffff:
		d.base, d.start = d.base+0xffff, timestamp // the same key, too long for one event
	case d.pressed && int32(timestamp-d.start) < 0:
		return Digit{}, false
	default:
		done, ok = d.end(clockRate)
		d.pressed, d.event, d.start, d.length, d.base = true, event, timestamp, 0, 0
	}
	d.length = max(d.length, d.base+length)
	d.last = at
	if end && !ok {
		return d.end(clockRate)
	}
	return done, ok
}

// Expire returns the key that is down when nothing was heard of it for too long.
func (d *Digits) Expire(clockRate int, now time.Time) (Digit, bool) {
	if !d.pressed || now.Sub(d.last) < digitTimeout {
		return Digit{}, false
	}
	return d.end(clockRate)
}

func (d *Digits) end(clockRate int) (Digit, bool) {
	if !d.pressed {
		return Digit{}, false
	}
	d.pressed, d.any, d.ended = false, true, d.start
	return Digit{Key: keys[d.event], Duration: time.Duration(d.length) * time.Second / time.Duration(clockRate)}, true
}
