// SPDX-License-Identifier: GPL-3.0-or-later

package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

const (
	wavHeaderSize = 44
	// wavLimit is the most bytes of sound that the header can announce.
	wavLimit = 1<<32 - 1 - wavHeaderSize
)

// ErrFull says that a WAV file has reached the size that its format allows, 4 GiB.
var ErrFull = errors.New("the WAV file is full")

// Recorder writes a WAV file of 16-bit samples. The file is valid at any moment, less the last
// second: the header is written anew behind each second of sound, so a process that is killed
// leaves a file that can be played. It is not safe for concurrent use.
type Recorder struct {
	file     *os.File
	rate     int
	channels int
	pending  []byte // at most a second
	written  int64  // bytes of sound in the file
}

// CreateWAV creates a file for one channel, or replaces it.
func CreateWAV(name string, rate int) (*Recorder, error) { return createWAV(name, rate, 1) }

// CreateStereoWAV creates a file for two channels, or replaces it; WritePCM then takes a sample of
// the left and one of the right in turn.
func CreateStereoWAV(name string, rate int) (*Recorder, error) { return createWAV(name, rate, 2) }

func createWAV(name string, rate, channels int) (*Recorder, error) {
	if rate < minRate || rate > maxRate {
		return nil, fmt.Errorf("record to %s: %d samples a second, not 8000 to 48000", name, rate)
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("create the WAV file: %w", err)
	}
	w := &Recorder{file: file, rate: rate, channels: channels, pending: make([]byte, 0, 2*rate*channels)}
	if _, err := file.Write(w.header()); err != nil {
		file.Close()
		return nil, fmt.Errorf("write the WAV file: %w", err)
	}
	return w, nil
}

// Rate returns the samples per second of each channel.
func (w *Recorder) Rate() int { return w.rate }

// WritePCM appends samples. It waits for the file system only once a second.
func (w *Recorder) WritePCM(pcm []int16) error {
	for _, s := range pcm {
		w.pending = binary.LittleEndian.AppendUint16(w.pending, uint16(s))
		if len(w.pending) == cap(w.pending) {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush writes what is pending and then, when it is there, announces it in the header.
func (w *Recorder) flush() error {
	if w.written+int64(len(w.pending)) > wavLimit {
		return ErrFull
	}
	n, err := w.file.Write(w.pending)
	w.written += int64(n)
	w.pending = w.pending[:0]
	if err != nil {
		return fmt.Errorf("write the WAV file: %w", err)
	}
	if _, err := w.file.WriteAt(w.header(), 0); err != nil {
		return fmt.Errorf("write the WAV file: %w", err)
	}
	return nil
}

// Close writes what is left and closes the file.
func (w *Recorder) Close() error {
	err := w.flush()
	if closed := w.file.Close(); err == nil && closed != nil {
		err = fmt.Errorf("close the WAV file: %w", closed)
	}
	return err
}

func (w *Recorder) header() []byte {
	const sampleSize = 2
	frame := sampleSize * w.channels
	size := uint32(w.written) / uint32(frame) * uint32(frame)
	h := make([]byte, 0, wavHeaderSize)
	h = append(h, "RIFF"...)
	h = binary.LittleEndian.AppendUint32(h, size+wavHeaderSize-8)
	h = append(h, "WAVEfmt "...)
	h = binary.LittleEndian.AppendUint32(h, fmtSize)
	h = binary.LittleEndian.AppendUint16(h, formatPCM)
	h = binary.LittleEndian.AppendUint16(h, uint16(w.channels))
	h = binary.LittleEndian.AppendUint32(h, uint32(w.rate))
	h = binary.LittleEndian.AppendUint32(h, uint32(w.rate*frame))
	h = binary.LittleEndian.AppendUint16(h, uint16(frame))
	h = binary.LittleEndian.AppendUint16(h, 8*sampleSize)
	h = append(h, "data"...)
	return binary.LittleEndian.AppendUint32(h, size)
}
