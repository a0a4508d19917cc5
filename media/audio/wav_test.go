// SPDX-License-Identifier: GPL-3.0-or-later

package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWAVOfOthers opens files of two other programs, each with a tone of 1 kHz.
func TestWAVOfOthers(t *testing.T) {
	for name, rate := range map[string]int{
		"pcm8-8k-mono": 8000, "pcm16-11k-stereo": 11025, "pcm24-16k-mono": 16000, "pcm24-48k-stereo-extensible": 48000,
	} {
		w, err := OpenWAV("testdata/" + name + ".wav")
		if err != nil {
			t.Error(err)
			continue
		}
		defer w.Close()
		pcm, err := ReadAll(w, time.Minute)
		if err != nil || w.Rate() != rate || len(pcm) != int(w.Duration()*time.Duration(rate)/time.Second) {
			t.Errorf("%s: %d samples at %d Hz, %v", name, len(pcm), w.Rate(), err)
		}
		if s := FindTone(pcm, rate, 1000); s.Windows == 0 || s.Least < 0.99 {
			t.Errorf("%s: tone %+v", name, s)
		}
		if l := RMS(pcm); l < 6500 || l > 7500 {
			t.Errorf("%s: loudness %.0f", name, l)
		}
		w.Rewind()
		if again, _ := ReadAll(w, time.Minute); !slices.Equal(again, pcm) {
			t.Errorf("%s: other samples after going back", name)
		}
	}
}

func TestWAVRefused(t *testing.T) {
	good, err := os.ReadFile("testdata/pcm16-11k-stereo.wav")
	if err != nil {
		t.Fatal(err)
	}
	change := func(at int, b ...byte) []byte {
		data := bytes.Clone(good)
		copy(data[at:], b)
		return data
	}
	read := func(name string) []byte {
		data, err := os.ReadFile("testdata/" + name + ".wav")
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for want, data := range map[string][]byte{
		"floating point numbers, not PCM":     read("bad-float"),
		"96000 samples a second":              read("bad-96k"),
		"G.711, not PCM":                      read("bad-alaw"),
		"3 channels":                          read("bad-3channels"),
		"32 bits":                             read("bad-32bit"),
		"announces 4294967295 bytes":          read("bad-streamed"),
		"has 0 bytes, too few":                nil,
		"is not a WAV file":                   bytes.Repeat([]byte("OggS"), 20),
		"announces 8820 bytes of sound and 5": good[:44+5],
		"truncated in its header":             good[:30],
		"no samples follow":                   good[:36],
		"no sound in it":                      change(40, 0, 0, 0, 0)[:44],
		"has 0 channels":                      change(22, 0),
		"0 samples a second":                  change(24, 0, 0, 0, 0),
		"contradicts itself":                  change(32, 3),
		"samples come before their format":    append(bytes.Clone(good[:12]), "data\x04\x00\x00\x00abcd"...),
		"truncated: no samples":               change(16, 0xf0, 0xff, 0xff, 0xff),
	} {
		_, err := ParseWAV("x.wav", data)
		if !errors.Is(err, ErrWAV) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want it to say %q", err, want)
		}
		if err != nil && (!strings.HasPrefix(err.Error(), "the file x.wav cannot be played: ") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("not one clear sentence: %v", err)
		}
	}
	if _, err := OpenWAV("testdata/none.wav"); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "none.wav") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestWAVShrinksWhilePlaying(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.wav")
	w, err := CreateWAV(name, 8000)
	if err != nil {
		t.Fatal(err)
	}
	w.WritePCM(make([]int16, 80000))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenWAV(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := os.Truncate(name, 50000); err != nil {
		t.Fatal(err)
	}
	if pcm, err := ReadAll(r, time.Hour); err != nil || len(pcm) != (50000-44)/2 {
		t.Errorf("%d samples, %v", len(pcm), err)
	}
}

func TestRecorder(t *testing.T) {
	for _, rate := range []int{8000, 48000} {
		name := filepath.Join(t.TempDir(), "x.wav")
		w, err := CreateWAV(name, rate)
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, rate*5/2)
		Tone{Hz: 440, SampleRate: rate, Amplitude: 20000}.fill(pcm, 0)
		for i := 0; i < len(pcm); i += rate / 50 {
			if err := w.WritePCM(pcm[i : i+rate/50]); err != nil {
				t.Fatal(err)
			}
		}
		// What a killed process would leave: all but what is not written yet.
		left, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := ParseWAV("left", left); err != nil || r.Duration() != 2*time.Second {
			t.Errorf("before the end: %v", err)
		} else if got, _ := ReadAll(r, time.Hour); !slices.Equal(got, pcm[:2*rate]) {
			t.Error("before the end: other samples")
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := OpenWAV(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadAll(r, time.Hour)
		if err != nil || !slices.Equal(got, pcm) || r.Rate() != rate {
			t.Errorf("%d samples came back (%v), %d were written", len(got), err, len(pcm))
		}
		r.Close()
	}
}

func TestRecorderStereo(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.wav")
	w, err := CreateStereoWAV(name, 16000)
	if err != nil {
		t.Fatal(err)
	}
	w.WritePCM([]int16{1000, 3000, -2000, -4000})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenWAV(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if pcm, _ := ReadAll(r, time.Second); !slices.Equal(pcm, []int16{2000, -3000}) {
		t.Errorf("mixed to %v", pcm)
	}
}

func TestRecorderErrors(t *testing.T) {
	if _, err := CreateWAV(filepath.Join(t.TempDir(), "no", "x.wav"), 8000); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if _, err := CreateWAV(filepath.Join(t.TempDir(), "x.wav"), 96000); err == nil {
		t.Error("96 kHz was taken")
	}
	w, err := CreateWAV(filepath.Join(t.TempDir(), "x.wav"), 8000)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	w.written = wavLimit - 100
	if err := w.WritePCM(make([]int16, 8000)); !errors.Is(err, ErrFull) {
		t.Errorf("beyond 4 GiB: %v", err)
	}
	w.written, w.pending = 0, w.pending[:0]
}

func FuzzWAV(f *testing.F) {
	files, err := filepath.Glob("testdata/*.wav")
	if err != nil || len(files) == 0 {
		f.Fatal("no files", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:min(len(data), 300)])
		binary.LittleEndian.PutUint32(data[40:], 100) // so that some of the short ones are whole
		f.Add(data[:min(len(data), 144)])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := ParseWAV("x.wav", data)
		if err != nil {
			if !errors.Is(err, ErrWAV) {
				t.Error(err)
			}
			return
		}
		pcm, err := ReadAll(w, time.Hour)
		if err != nil || len(pcm) == 0 || len(pcm) > len(data) {
			t.Errorf("%d samples of %d bytes, %v", len(pcm), len(data), err)
		}
		if _, err := w.ReadPCM(make([]int16, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("behind the end: %v", err)
		}
	})
}
