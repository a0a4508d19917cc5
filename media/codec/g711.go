// SPDX-License-Identifier: GPL-3.0-or-later

package codec

import "math/bits"

// PCMU is G.711 µ-law.
func PCMU() Codec {
	return Codec{
		Name: "PCMU", ClockRate: 8000, Channels: 1, SampleRate: 8000, PayloadType: 0,
		NewEncoder: func() (Encoder, error) { return companding{encode: encodeMu}, nil },
		NewDecoder: func() (Decoder, error) { return companding{decode: &decodeMu}, nil },
	}
}

// PCMA is G.711 A-law.
func PCMA() Codec {
	return Codec{
		Name: "PCMA", ClockRate: 8000, Channels: 1, SampleRate: 8000, PayloadType: 8,
		NewEncoder: func() (Encoder, error) { return companding{encode: encodeA}, nil },
		NewDecoder: func() (Decoder, error) { return companding{decode: &decodeA}, nil },
	}
}

// companding is either law in either direction: one byte for one sample, no state.
type companding struct {
	encode func(int16) byte
	decode *[256]int16
}

func (c companding) Encode(dst []byte, pcm []int16) ([]byte, error) {
	for _, s := range pcm {
		dst = append(dst, c.encode(s))
	}
	return dst, nil
}

func (c companding) Decode(dst []int16, payload []byte) ([]int16, error) {
	for _, b := range payload {
		dst = append(dst, c.decode[b])
	}
	return dst, nil
}

func (c companding) Close() error { return nil }

const (
	muBias = 33 << 2 // lifts every segment to a power of two, on the 16-bit scale
	muClip = 1<<15 - 1 - muBias
)

// encodeMu codes the sign, the segment (the position of the highest bit) and the four bits below
// it, all inverted (G.711 table 2a).
func encodeMu(s int16) byte {
	magnitude, sign := int(s), byte(0)
	if magnitude < 0 {
		magnitude, sign = -magnitude, 0x80
	}
	magnitude = min(magnitude, muClip) + muBias
	segment := bits.Len(uint(magnitude)) - 8
	return ^(sign | byte(segment<<4) | byte(magnitude>>(segment+3))&0x0f)
}

// encodeA codes the same parts with every other bit inverted; its lowest two segments have the
// same step (G.711 table 1a).
func encodeA(s int16) byte {
	magnitude, sign := int(s)>>4, byte(0x80) // 12 bits
	if s < 0 {
		magnitude, sign = ^magnitude, 0
	}
	segment := max(bits.Len(uint(magnitude))-4, 1)
	code := byte(magnitude>>(segment-1)) & 0x0f
	if magnitude >= 16 {
		code |= byte(segment << 4)
	}
	return (sign | code) ^ 0x55
}

var (
	decodeMu = expand(func(b byte) int16 {
		b = ^b
		segment := b >> 4 & 7
		magnitude := (int16(b&0x0f)<<3+muBias)<<segment - muBias
		if b&0x80 != 0 {
			return -magnitude
		}
		return magnitude
	})
	decodeA = expand(func(b byte) int16 {
		b ^= 0x55
		magnitude := int16(b&0x0f)<<4 + 8 // the middle of its step
		if segment := b >> 4 & 7; segment > 0 {
			magnitude = (magnitude + 256) << (segment - 1)
		}
		if b&0x80 == 0 {
			return -magnitude
		}
		return magnitude
	})
)

func expand(decode func(byte) int16) (table [256]int16) {
	for i := range table {
		table[i] = decode(byte(i))
	}
	return table
}
