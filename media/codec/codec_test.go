// SPDX-License-Identifier: GPL-3.0-or-later

package codec

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"slices"
	"testing"
)

// readPCM reads a fixture of 16-bit little-endian samples.
func readPCM(t testing.TB, name string) []int16 {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, len(data)/2)
	if _, err := binary.Decode(data, binary.LittleEndian, pcm); err != nil {
		t.Fatal(err)
	}
	return pcm
}

func tone(hz float64, rate, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(8000 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return pcm
}

// purity is the share of the power of pcm that is in a tone, found by fitting that tone.
func purity(pcm []int16, hz float64, rate int) float64 {
	var re, im, total float64
	for i, s := range pcm {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		re += float64(s) * math.Cos(w)
		im += float64(s) * math.Sin(w)
		total += float64(s) * float64(s)
	}
	return 2 * (re*re + im*im) / (total * float64(len(pcm)))
}

// TestLevels compares all 256 levels of both laws with those of two other programs, which agree.
func TestLevels(t *testing.T) {
	if !slices.Equal(decodeMu[:], readPCM(t, "pcmu-levels.pcm")) {
		t.Error("levels of PCMU differ")
	}
	if !slices.Equal(decodeA[:], readPCM(t, "pcma-levels.pcm")) {
		t.Error("levels of PCMA differ")
	}
}

// TestEncodeLevels checks that each level has its own code, and that a louder sample never gets a
// lower level.
func TestEncodeLevels(t *testing.T) {
	for _, law := range []struct {
		name   string
		encode func(int16) byte
		levels *[256]int16
	}{{"PCMU", encodeMu, &decodeMu}, {"PCMA", encodeA, &decodeA}} {
		for code, level := range law.levels {
			if got := law.encode(level); law.levels[got] != level {
				t.Errorf("%s: level %d of code %02x is coded %02x", law.name, level, code, got)
			}
		}
		before := int16(-1 << 15)
		for s := -1 << 15; s < 1<<15; s++ {
			level := law.levels[law.encode(int16(s))]
			if level < before {
				t.Fatalf("%s: %d becomes %d, the sample before became %d", law.name, s, level, before)
			}
			before = level
		}
	}
}

// TestG722AgainstFFmpeg is bit for bit: a sweep from 50 Hz to 7.5 kHz, noise and speech.
func TestG722AgainstFFmpeg(t *testing.T) {
	want, err := os.ReadFile("testdata/g722-ffmpeg.bits")
	if err != nil {
		t.Fatal(err)
	}
	got, err := newG722Encoder().Encode(nil, readPCM(t, "g722-input.pcm"))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("coded differently (%v)", err)
	}
	decoded, err := newG722Decoder().Decode(nil, want)
	if err != nil || !slices.Equal(decoded, readPCM(t, "g722-ffmpeg-decoded.pcm")) {
		t.Errorf("decoded differently (%v)", err)
	}
}

func TestG722Loud(t *testing.T) {
	e, d := newG722Encoder(), newG722Decoder()
	pcm := make([]int16, 320)
	for round := range 50 {
		for i := range pcm {
			pcm[i] = int16(1<<15 - 1)
			if (i/(1+round%7))%2 == 0 {
				pcm[i] = -1 << 15
			}
		}
		payload, err := e.Encode(nil, pcm)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.Decode(nil, payload); err != nil || len(got) != len(pcm) {
			t.Fatalf("%d samples, %v", len(got), err)
		}
	}
}

// TestTones sends tones through every codec, each within its band.
func TestTones(t *testing.T) {
	for _, c := range List() {
		tones := map[string][]float64{
			"PCMU": {300, 1000, 3000}, "PCMA": {300, 1000, 3000},
			"G722": {300, 1000, 3000, 5000, 6500}, "opus": {300, 1000, 3000, 6000, 10000},
		}[c.Name]
		for _, hz := range tones {
			e, err := c.NewEncoder()
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			d, err := c.NewDecoder()
			if err != nil {
				t.Fatal(err)
			}
			in := tone(hz, c.SampleRate, c.SampleRate)
			var out []int16
			n := c.SamplesPerFrame()
			for ; len(in) > 0; in = in[n:] {
				payload, err := e.Encode(nil, in[:n])
				if err != nil {
					t.Fatal(err)
				}
				if out, err = d.Decode(out, payload); err != nil {
					t.Fatal(err)
				}
			}
			if len(out) != c.SampleRate {
				t.Errorf("%s: %d samples became %d", c.Name, c.SampleRate, len(out))
			}
			if got := purity(out[len(out)/2:len(out)/2+c.SampleRate/10], hz, c.SampleRate); got < 0.99 {
				t.Errorf("%s: %v Hz comes out with a purity of %.4f", c.Name, hz, got)
			}
		}
	}
}

func TestFind(t *testing.T) {
	if c, ok := Find("g722", 8000); !ok || c.PayloadType != 9 || c.SamplesPerFrame() != 320 || c.ClockPerFrame() != 160 {
		t.Errorf("G722: %+v %v", c, ok)
	}
	if _, ok := Find("PCMU", 16000); ok {
		t.Error("PCMU with another clock was found")
	}
	if c, ok := FindStatic(8); !ok || c.Name != "PCMA" {
		t.Errorf("type 8: %s %v", c.Name, ok)
	}
	if _, ok := FindStatic(104); ok {
		t.Error("a dynamic type was found as a static one")
	}
}

func TestNoAllocations(t *testing.T) {
	for _, c := range List() {
		e, err := c.NewEncoder()
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		d, err := c.NewDecoder()
		if err != nil {
			t.Fatal(err)
		}
		in, buf, out := tone(440, c.SampleRate, c.SamplesPerFrame()), make([]byte, 0, 1500), make([]int16, 0, 6000)
		if n := testing.AllocsPerRun(200, func() {
			payload, err := e.Encode(buf, in)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = d.Decode(out, payload); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a frame", c.Name, n)
		}
	}
}
