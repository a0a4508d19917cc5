// SPDX-License-Identifier: GPL-3.0-or-later

package audio

import (
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func toneClip(hz float64, rate int, d time.Duration) []int16 {
	pcm := make([]int16, int(d*time.Duration(rate)/time.Second))
	Tone{Hz: hz, SampleRate: rate, Amplitude: 8000}.fill(pcm, 0)
	return pcm
}

func TestFindTone(t *testing.T) {
	clean := toneClip(440, 16000, time.Second)
	noise := make([]int16, len(clean))
	both := make([]int16, len(clean))
	quiet := make([]int16, len(clean))
	rng := rand.New(rand.NewPCG(1, 2))
	other := toneClip(1000, 16000, time.Second)
	for i := range noise {
		noise[i] = int16(rng.NormFloat64() * 3000)
		both[i] = clean[i] + other[i]
		quiet[i] = clean[i] / 100
	}
	half := slices.Concat(clean[:8000], make([]int16, 8000))
	for _, c := range []struct {
		name    string
		pcm     []int16
		hz      float64
		windows int
		mean    float64
	}{
		{"the tone", clean, 440, 10, 1},
		{"another tone", clean, 1000, 10, 0},
		{"near the tone", clean, 470, 10, 0},
		{"one of two tones", both, 440, 10, 0.5},
		{"noise", noise, 440, 10, 0},
		{"too quiet", quiet, 440, 0, 0},
		{"half silence", half, 440, 5, 1},
		{"nothing", nil, 440, 0, 0},
	} {
		if s := FindTone(c.pcm, 16000, c.hz); s.Windows != c.windows || math.Abs(s.Mean-c.mean) > 0.02 {
			t.Errorf("%s: %+v, want %d windows and a mean of %v", c.name, s, c.windows, c.mean)
		}
	}
}

func TestToneSource(t *testing.T) {
	s := NewTone(Tone{Hz: 700})
	if s.Rate() != 48000 {
		t.Errorf("rate %d", s.Rate())
	}
	pcm, err := ReadAll(s, time.Second)
	if err != nil || len(pcm) != 48000 {
		t.Fatalf("%d samples, %v", len(pcm), err)
	}
	if got := FindTone(pcm, 48000, 700); got.Least < 0.999 {
		t.Errorf("%+v", got)
	}
}

func TestAtRate(t *testing.T) {
	for _, from := range []int{8000, 11025, 44100, 48000} {
		for _, to := range []int{8000, 16000, 48000} {
			s := AtRate(NewClip(toneClip(1000, from, time.Second), from), to)
			var pcm []int16
			buf := make([]int16, to/50)
			for {
				n, err := s.ReadPCM(buf)
				pcm = append(pcm, buf[:n]...)
				if errors.Is(err, io.EOF) {
					break
				}
				if n != len(buf) || err != nil {
					t.Fatalf("%d to %d: %d samples of a frame, %v", from, to, n, err)
				}
			}
			if d := len(pcm) - to; d < 0 || d > to/20 {
				t.Errorf("%d to %d: %d samples for a second", from, to, len(pcm))
			}
			if got := FindTone(pcm[to/10:to/10*9], to, 1000); got.Least < 0.999 {
				t.Errorf("%d to %d: %+v", from, to, got)
			}
		}
	}
}

type memorySink struct {
	rate int
	pcm  []int16
}

func (m *memorySink) Rate() int { return m.rate }
func (m *memorySink) WritePCM(pcm []int16) error {
	m.pcm = append(m.pcm, pcm...)
	return nil
}

func TestSinkAtRate(t *testing.T) {
	m := &memorySink{rate: 11025}
	s := SinkAtRate(m, 48000)
	pcm := toneClip(1000, 48000, time.Second)
	for i := 0; i < len(pcm); i += 960 {
		if err := s.WritePCM(pcm[i : i+960]); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.pcm) < 10900 || len(m.pcm) > 11025 {
		t.Errorf("%d samples", len(m.pcm))
	}
	if got := FindTone(m.pcm[1000:], 11025, 1000); got.Least < 0.999 {
		t.Errorf("%+v", got)
	}
}

func TestLoopAndSequence(t *testing.T) {
	l := Loop(NewClip([]int16{1, 2, 3}, 8000))
	got := make([]int16, 5)
	for _, want := range [][]int16{{1, 2, 3, 1, 2}, {3, 1, 2, 3}} {
		n, err := l.ReadPCM(got[:len(want)])
		if n != len(want) || err != nil || !slices.Equal(got[:n], want) {
			t.Errorf("%v %v, want %v", got[:n], err, want)
		}
	}
	if n, err := Loop(NewClip(nil, 8000)).ReadPCM(got); n != 0 || err != nil {
		t.Errorf("a loop of nothing: %d %v", n, err)
	}
	s := Sequence(NewClip([]int16{1, 2}, 8000), NewClip([]int16{3}, 8000))
	if n, err := s.ReadPCM(got); n != 3 || !errors.Is(err, io.EOF) || !slices.Equal(got[:3], []int16{1, 2, 3}) {
		t.Errorf("%v %v", got[:n], err)
	}
	if s = Sequence(NewClip(nil, 8000), NewTone(Tone{Hz: 440})); s.Rate() != 8000 {
		t.Errorf("rate %d", s.Rate())
	}
	if pcm, err := ReadAll(s, time.Second); err != nil || FindTone(pcm[800:], 8000, 440).Least < 0.99 {
		t.Errorf("the second was not converted: %v", err)
	}
}

func TestPipe(t *testing.T) {
	p := NewPipe(8000, time.Millisecond) // 8 samples
	got := make([]int16, 10)
	if n, err := p.ReadPCM(got); n != 0 || err != nil {
		t.Errorf("empty: %d %v", n, err)
	}
	p.WritePCM([]int16{1, 2, 3, 4, 5})
	if n, _ := p.ReadPCM(got[:3]); n != 3 || !slices.Equal(got[:3], []int16{1, 2, 3}) {
		t.Errorf("%v", got[:n])
	}
	p.WritePCM([]int16{6, 7, 8, 9, 10, 11, 12, 13})
	if n, _ := p.ReadPCM(got); !slices.Equal(got[:n], []int16{6, 7, 8, 9, 10, 11, 12, 13}) {
		t.Errorf("the newest of too many: %v", got[:n])
	}
}
