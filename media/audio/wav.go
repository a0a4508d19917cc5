// SPDX-License-Identifier: GPL-3.0-or-later

package audio

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// WAV is the sound of a WAV file as a Source: PCM of 8, 16 or 24 bits, 8 to 48 kHz, mono, or
// stereo whose channels are mixed.
type WAV struct {
	name    string
	format  wavFormat
	file    io.ReaderAt
	close   func() error
	samples *bufio.Reader
	frame   [6]byte
}

// OpenWAV opens a file. Errors say in one sentence what is wrong with it.
func OpenWAV(name string) (*WAV, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open the WAV file: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("open the WAV file: %w", err)
	}
	w, err := newWAV(name, file, info.Size(), file.Close)
	if err != nil {
		file.Close()
		return nil, err
	}
	return w, nil
}

// ParseWAV reads a WAV file that is in memory already; the name is for errors.
func ParseWAV(name string, data []byte) (*WAV, error) {
	return newWAV(name, bytes.NewReader(data), int64(len(data)), func() error { return nil })
}

func newWAV(name string, r io.ReaderAt, size int64, close func() error) (*WAV, error) {
	format, err := parseWAV(r, size)
	if err != nil {
		return nil, fmt.Errorf("the file %s %w", name, err)
	}
	w := &WAV{name: name, format: format, file: r, close: close}
	w.Rewind()
	return w, nil
}

// Rate returns the samples per second of the file.
func (w *WAV) Rate() int { return w.format.rate }

// Duration returns how long the file plays.
func (w *WAV) Duration() time.Duration {
	frames := w.format.size / int64(w.format.frame())
	return time.Duration(frames) * time.Second / time.Duration(w.format.rate)
}

// Rewind goes back to the first sample.
func (w *WAV) Rewind() {
	w.samples = bufio.NewReaderSize(io.NewSectionReader(w.file, w.format.start, w.format.size), 16<<10)
}

// ReadPCM fills dst with the next samples.
func (w *WAV) ReadPCM(dst []int16) (int, error) {
	frame := w.frame[:w.format.frame()]
	for n := range dst {
		if _, err := io.ReadFull(w.samples, frame); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return n, io.EOF // also when the file became shorter since it was opened
			}
			return n, fmt.Errorf("read the WAV file %s: %w", w.name, err)
		}
		dst[n] = w.format.mono(frame)
	}
	return len(dst), nil
}

// Close closes the file.
func (w *WAV) Close() error { return w.close() }

// mono returns the sample of a frame, the mean of its channels.
func (f wavFormat) mono(frame []byte) int16 {
	bytes := f.bits / 8
	v := sampleOf(frame[:bytes])
	if f.channels == 2 {
		v = (v + sampleOf(frame[bytes:])) >> 1
	}
	return int16(v)
}

// sampleOf returns a sample on the scale of 16 bits. Those of 8 bits have no sign; of 24 bits the
// lowest 8 are left out.
func sampleOf(b []byte) int {
	if len(b) == 1 {
		return (int(b[0]) - 128) << 8
	}
	high := b[len(b)-2:]
	return int(int16(uint16(high[0]) | uint16(high[1])<<8))
}

// ReadAll returns all samples of a source that ends, at most limit long.
func ReadAll(s Source, limit time.Duration) ([]int16, error) {
	most := int(limit * time.Duration(s.Rate()) / time.Second)
	var pcm []int16
	buf := make([]int16, max(1, s.Rate()/50))
	for len(pcm) < most {
		n, err := s.ReadPCM(buf[:min(len(buf), most-len(pcm))])
		pcm = append(pcm, buf[:n]...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return pcm, err
		}
	}
	return pcm, nil
}
