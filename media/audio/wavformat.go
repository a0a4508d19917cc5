// SPDX-License-Identifier: GPL-3.0-or-later

package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrWAV says that a file is not a WAV file that can be played; the text around it says why and
// what to do.
var ErrWAV = errors.New("cannot be played")

// wavFormat is what the header of a WAV file says.
type wavFormat struct {
	rate, channels, bits int
	start, size          int64 // of the samples in the file
}

func (f wavFormat) frame() int { return f.channels * f.bits / 8 }

const (
	formatPCM        = 1
	formatFloat      = 3
	formatALaw       = 6
	formatMuLaw      = 7
	formatExtensible = 0xfffe
	fmtSize          = 16
	extensibleSize   = 40
	minRate          = 8000
	maxRate          = 48000
	// maxChunks bounds the chunks before the samples.
	maxChunks = 1000
)

// pcmGUID is the subformat of WAVE_FORMAT_EXTENSIBLE for PCM, behind its first two bytes.
var pcmGUID = []byte{0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrWAV, fmt.Sprintf(format, args...))
}

// parseWAV reads the header of a file of size bytes and checks it against them.
func parseWAV(r io.ReaderAt, size int64) (wavFormat, error) {
	var head [12]byte
	if n, err := r.ReadAt(head[:], 0); n < len(head) {
		if err != nil && !errors.Is(err, io.EOF) {
			return wavFormat{}, err
		}
		return wavFormat{}, refuse("it has %d bytes, too few for a WAV file", size)
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return wavFormat{}, refuse("it is not a WAV file")
	}
	var f wavFormat
	for at, n := int64(len(head)), 0; n < maxChunks; n++ {
		var chunk [8]byte
		if got, err := r.ReadAt(chunk[:], at); got < len(chunk) {
			if err != nil && !errors.Is(err, io.EOF) {
				return wavFormat{}, err
			}
			break
		}
		at += int64(len(chunk))
		length := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch string(chunk[:4]) {
		case "fmt ":
			if err := f.parse(r, at, length); err != nil {
				return wavFormat{}, err
			}
		case "data":
			return f.locate(at, length, size)
		}
		at += length + length&1 // chunks begin at even places
	}
	return wavFormat{}, refuse("it is truncated: no samples follow its header")
}

// parse reads the format chunk.
func (f *wavFormat) parse(r io.ReaderAt, at, length int64) error {
	var b [extensibleSize]byte
	n, err := r.ReadAt(b[:min(length, extensibleSize)], at)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if n < fmtSize || int64(n) < min(length, extensibleSize) {
		return refuse("it is truncated in its header")
	}
	kind := int(binary.LittleEndian.Uint16(b[:]))
	if kind == formatExtensible && n == extensibleSize && bytes.Equal(b[26:], pcmGUID) {
		kind = int(binary.LittleEndian.Uint16(b[24:]))
	}
	const convert = "; convert it, for example with: sox IN.wav -b 16 -r 48000 OUT.wav"
	if kind != formatPCM {
		return refuse("its samples are %s, not PCM%s", formatName(kind), convert)
	}
	rate := binary.LittleEndian.Uint32(b[4:])
	channels := binary.LittleEndian.Uint16(b[2:])
	bits := binary.LittleEndian.Uint16(b[14:])
	switch {
	case channels != 1 && channels != 2:
		return refuse("it has %d channels, not 1 or 2%s -c 1", channels, convert)
	case rate < minRate || rate > maxRate:
		return refuse("it has %d samples a second, not 8000 to 48000%s", rate, convert)
	case bits != 8 && bits != 16 && bits != 24:
		return refuse("its samples have %d bits, not 8, 16 or 24%s", bits, convert)
	}
	f.rate, f.channels, f.bits = int(rate), int(channels), int(bits)
	if block := int(binary.LittleEndian.Uint16(b[12:])); block != f.frame() {
		return refuse("its header contradicts itself: %d bytes for %d channels of %d bits", block, channels, bits)
	}
	return nil
}

// locate checks where the samples are.
func (f wavFormat) locate(at, length, size int64) (wavFormat, error) {
	if f.rate == 0 {
		return wavFormat{}, refuse("its samples come before their format")
	}
	if have := size - at; length > have {
		return wavFormat{}, refuse("it is truncated: its header announces %d bytes of sound and %d are there", length, have)
	}
	f.start, f.size = at, length-length%int64(f.frame())
	if f.size == 0 {
		return wavFormat{}, refuse("it has no sound in it")
	}
	return f, nil
}

func formatName(kind int) string {
	switch kind {
	case formatFloat:
		return "floating point numbers"
	case formatALaw, formatMuLaw:
		return "G.711"
	}
	return fmt.Sprintf("of format %d", kind)
}
