// SPDX-License-Identifier: GPL-3.0-or-later

package codec

import (
	"errors"
	"fmt"

	"github.com/pion/opus"
)

const (
	opusRate = 48000
	// opusBitrate, in bit/s, makes one voice sound right over the full band.
	opusBitrate = 32000
	// opusComplexity trades processor time for quality, 0 to 10.
	opusComplexity = 8
	// opusMaxPayload holds any frame at our bit rate.
	opusMaxPayload = 512
	// opusMaxFrame is the sound of the longest packet, 120 ms (RFC 6716 3.2.5).
	opusMaxFrame = opusRate * 120 / 1000
)

// ErrNoLibopus says that Opus cannot be sent here.
var ErrNoLibopus = errors.New("libopus is not installed, so Opus is not offered (Debian: apt-get install libopus0)")

var (
	errEncoderClosed = errors.New("the encoder is closed")
	errOpusPayload   = errors.New("Opus payload that cannot be decoded")
)

// Opus is RFC 7587: full band, in SDP always with two channels. What the network sends is decoded
// by memory-safe code; only our own samples go into the system's libopus.
func Opus() Codec {
	return Codec{
		Name: "opus", ClockRate: opusRate, Channels: 2, SampleRate: opusRate, PayloadType: 104,
		Fmtp:       "minptime=20",
		NewEncoder: newLibopusEncoder,
		NewDecoder: newOpusDecoder,
	}
}

// opusDecoder decodes with pion/opus, whose state a payload may leave unusable: then it is made anew.
type opusDecoder struct {
	decoder opus.Decoder
	pcm     [opusMaxFrame]int16
}

func newOpusDecoder() (Decoder, error) {
	d := &opusDecoder{}
	return d, d.reset()
}

func (d *opusDecoder) reset() (err error) {
	if d.decoder, err = opus.NewDecoderWithOutput(opusRate, 1); err != nil {
		return fmt.Errorf("make an Opus decoder: %w", err)
	}
	return nil
}

func (d *opusDecoder) Decode(dst []int16, payload []byte) (pcm []int16, err error) {
	defer func() {
		if r := recover(); r != nil { // the decoder is young, and payloads come from strangers
			pcm, err = dst, fmt.Errorf("%w: %v", errOpusPayload, r)
			if broken := d.reset(); broken != nil {
				err = broken
			}
		}
	}()
	n, err := d.decoder.DecodeToInt16(payload, d.pcm[:])
	if err != nil {
		return dst, fmt.Errorf("%w: %w", errOpusPayload, err)
	}
	return append(dst, d.pcm[:n]...), nil
}
