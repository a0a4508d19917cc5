// SPDX-License-Identifier: GPL-3.0-or-later

package codec

import "errors"

// G722 is G.722 at 64 kbit/s: 7 kHz of sound. Its RTP clock is 8000 for historical reasons
// (RFC 3551 4.5.2).
func G722() Codec {
	return Codec{
		Name: "G722", ClockRate: 8000, Channels: 1, SampleRate: 16000, PayloadType: 9,
		NewEncoder: func() (Encoder, error) { return newG722Encoder(), nil },
		NewDecoder: func() (Decoder, error) { return newG722Decoder(), nil },
	}
}

var errOddFrame = errors.New("G.722 codes samples in pairs: the frame has an odd number")

// g722Encoder splits the band in two and codes the lower half with 6 bits, the upper with 2
// (ITU-T G.722 3).
type g722Encoder struct {
	low, high band
	past      [qmfTaps]int
}

func newG722Encoder() *g722Encoder { return &g722Encoder{low: newLowBand(), high: newHighBand()} }

func (e *g722Encoder) Encode(dst []byte, pcm []int16) ([]byte, error) {
	if len(pcm)%2 != 0 {
		return dst, errOddFrame
	}
	for i := 0; i < len(pcm); i += 2 {
		copy(e.past[:], e.past[2:])
		e.past[qmfTaps-2], e.past[qmfTaps-1] = int(pcm[i]), int(pcm[i+1])
		sum, difference := 0, 0
		for tap, c := range qmf {
			odd, even := e.past[2*tap]*c, e.past[2*tap+1]*qmf[len(qmf)-1-tap]
			sum += even + odd
			difference += even - odd
		}
		dst = append(dst, byte(e.high.quantizeHigh(difference>>14)<<6|e.low.quantizeLow(sum>>14)))
	}
	return dst, nil
}

func (e *g722Encoder) Close() error { return nil }

type g722Decoder struct {
	low, high band
	past      [qmfTaps]int
}

func newG722Decoder() *g722Decoder { return &g722Decoder{low: newLowBand(), high: newHighBand()} }

func (d *g722Decoder) Decode(dst []int16, payload []byte) ([]int16, error) {
	for _, code := range payload {
		low, high := d.low.restoreLow(int(code&0x3f)), d.high.restoreHigh(int(code>>6))
		copy(d.past[:], d.past[2:])
		d.past[qmfTaps-2], d.past[qmfTaps-1] = low+high, low-high
		first, second := 0, 0
		for tap, c := range qmf {
			second += d.past[2*tap] * c
			first += d.past[2*tap+1] * qmf[len(qmf)-1-tap]
		}
		dst = append(dst, int16(saturate(first>>11)), int16(saturate(second>>11)))
	}
	return dst, nil
}

const qmfTaps = 24

// qmf is half of the symmetric quadrature mirror filter (G.722 table 11).
var qmf = [qmfTaps / 2]int{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}

// saturate limits to 16 bits, as the arithmetic of the Recommendation does.
func saturate(v int) int { return max(-1<<15, min(1<<15-1, v)) }
