// SPDX-License-Identifier: GPL-3.0-or-later

package codec

import "strings"

// List returns the codecs that this machine can send and receive, the best sounding first. Opus is
// among them when OpusAvailable returns nil.
func List() []Codec {
	list := []Codec{G722(), PCMU(), PCMA()}
	if OpusAvailable() == nil {
		list = append([]Codec{Opus()}, list...)
	}
	return list
}

// OpusAvailable looks for the system's libopus when it is first called, and returns nil when it is
// there or a sentence for the user, wrapping ErrNoLibopus.
func OpusAvailable() error { return opusAvailable() }

// Find returns the codec of an rtpmap line: encoding name, in any case, and clock rate in Hz.
func Find(name string, clockRate int) (Codec, bool) {
	for _, c := range List() {
		if strings.EqualFold(c.Name, name) && c.ClockRate == clockRate {
			return c, true
		}
	}
	return Codec{}, false
}

// FindStatic returns the codec of a static payload type without an rtpmap line (RFC 3551 6).
func FindStatic(payloadType uint8) (Codec, bool) {
	for _, c := range List() {
		if c.PayloadType == payloadType && payloadType < 96 {
			return c, true
		}
	}
	return Codec{}, false
}
