// SPDX-License-Identifier: GPL-3.0-or-later

// Package codec turns samples into payloads and back: PCMU, PCMA, G.722 and Opus behind one small
// interface, and the resampler between their rates. Each codec is one Codec value; nothing else
// in Bellwire knows them by name.
package codec

import "time"

// Frame is how much sound every packet carries. All codecs here are negotiated and sent with it;
// other lengths are taken when a peer sends them.
const Frame = 20 * time.Millisecond

// Encoder turns samples into payloads. It is used by one goroutine at a time.
type Encoder interface {
	// Encode appends the payload for one frame of pcm, mono at the codec's sample rate, to dst
	// and returns the result. The samples must be a whole Frame.
	Encode(dst []byte, pcm []int16) ([]byte, error)
	// Close frees what the encoder holds outside Go's memory.
	Close() error
}

// Decoder turns payloads into samples. It is used by one goroutine at a time.
type Decoder interface {
	// Decode appends the samples of one payload, mono at the codec's sample rate, to dst and
	// returns the result. A payload the decoder cannot read is an error and never a panic; dst is
	// then returned as it was.
	Decode(dst []int16, payload []byte) ([]int16, error)
}

// Codec describes one way of carrying sound and makes its encoders and decoders.
type Codec struct {
	Name        string // encoding name in SDP, as registered: PCMU, PCMA, G722, opus
	ClockRate   int    // RTP clock in SDP; 8000 for G722 too (RFC 3551 4.5.2)
	Channels    int    // channels in SDP; 2 for opus always (RFC 7587 7)
	SampleRate  int    // of the samples, in Hz, mono
	PayloadType uint8  // static type (RFC 3551), or the dynamic one we propose
	Fmtp        string // format parameters we offer, empty for none

	NewEncoder func() (Encoder, error)
	NewDecoder func() (Decoder, error)
}

// ClockPerFrame returns how far the RTP timestamp advances with each Frame.
func (c Codec) ClockPerFrame() uint32 { return uint32(c.ClockRate / 50) }

// SamplesPerFrame returns the number of samples in one Frame.
func (c Codec) SamplesPerFrame() int { return c.SampleRate / 50 }
