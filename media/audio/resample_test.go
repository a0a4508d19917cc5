// SPDX-License-Identifier: GPL-3.0-or-later

package audio

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

var rates = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000}

// snr compares pcm with the sine of hz that fits it best: signal to all that is not that sine, in dB.
func snr(pcm []int16, hz float64, rate int) float64 {
	var cc, ss, cs, xc, xs, xx float64
	for i, v := range pcm {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		c, s, x := math.Cos(w), math.Sin(w), float64(v)
		cc, ss, cs, xc, xs, xx = cc+c*c, ss+s*s, cs+c*s, xc+x*c, xs+x*s, xx+x*x
	}
	det := cc*ss - cs*cs
	a, b := (xc*ss-xs*cs)/det, (xs*cc-xc*cs)/det
	signal := a*xc + b*xs
	return 10 * math.Log10(signal/math.Max(xx-signal, 1e-9))
}

// level is the amplitude of pcm relative to a sine of amplitude 10000, in dB.
func level(pcm []int16) float64 {
	return 20 * math.Log10(RMS(pcm)*math.Sqrt2/10000)
}

// resampleTone makes three tenths of a second of a tone at another rate.
func resampleTone(from, to int, hz float64) []int16 {
	in := make([]int16, from*3/10)
	Tone{Hz: hz, SampleRate: from, Amplitude: 10000}.fill(in, 0)
	r := NewResampler(from, to)
	var out []int16
	for n := 0; n < len(in); {
		step := min(1+n%(from/25), len(in)-n) // lengths of all kinds
		out = r.Resample(out, in[n:n+step])
		n += step
	}
	return out
}

// TestResampleTones passes tones up to 84 % of the lower limit through every pair of rates.
func TestResampleTones(t *testing.T) {
	worst := math.Inf(1)
	for _, from := range rates {
		for _, to := range append([]int{12347}, rates...) {
			limit := float64(min(from, to)) / 2
			for _, part := range []float64{0.05, 0.3, 0.6, 0.84} {
				hz := math.Round(limit*part) + 0.5
				out := resampleTone(from, to, hz)
				if d := to*3/10 - NewResampler(from, to).Delay() - len(out); d < -2 || d > 2 {
					t.Fatalf("%d to %d Hz: %d samples for 0.3 s", from, to, len(out))
				}
				middle := out[len(out)/4 : len(out)/4*3]
				got := snr(middle, hz, to)
				worst = min(worst, got)
				if got < 70 {
					t.Errorf("%d to %d Hz: a tone of %v Hz has %.1f dB over noise", from, to, hz, got)
				}
				if l := level(middle); l < -0.1 || l > 0.1 {
					t.Errorf("%d to %d Hz: a tone of %v Hz changes by %.2f dB", from, to, hz, l)
				}
			}
		}
	}
	t.Logf("worst signal to noise: %.1f dB", worst)
}

// TestResampleAliases checks that tones above the new limit are gone, not folded down.
func TestResampleAliases(t *testing.T) {
	for _, from := range rates {
		for _, to := range rates {
			for _, part := range []float64{1.02, 1.2, 1.9} {
				hz := float64(to) / 2 * part
				if hz >= float64(from)/2*0.95 {
					continue
				}
				out := resampleTone(from, to, hz)
				if l := level(out[len(out)/4 : len(out)/4*3]); l > -60 {
					t.Errorf("%d to %d Hz: of a tone of %v Hz %.1f dB remain", from, to, hz, l)
				}
			}
		}
	}
}

func TestResampleInPieces(t *testing.T) {
	in := make([]int16, 4410)
	Tone{Hz: 440, SampleRate: 44100, Amplitude: 10000}.fill(in, 0)
	whole := NewResampler(44100, 16000).Resample(nil, in)
	r := NewResampler(44100, 16000)
	var pieces []int16
	for _, s := range in {
		pieces = r.Resample(pieces, []int16{s})
	}
	if !slices.Equal(whole, pieces) {
		t.Error("sample by sample gives another result than at once")
	}
}

func TestResampleLoud(t *testing.T) {
	in := make([]int16, 8000)
	for i := range in {
		in[i] = int16(1<<15 - 1)
		if i/40%2 == 0 {
			in[i] = -1 << 15
		}
	}
	out := NewResampler(8000, 48000).Resample(nil, in)
	for i := 1000; i < len(out)-1000; i++ {
		if i/240%2 == (i+120)/240%2 && (i%240) > 60 && (i%240) < 180 && out[i] > -20000 && out[i] < 20000 {
			t.Fatalf("sample %d is %d: it wrapped", i, out[i])
		}
	}
}

func TestResampleNoAllocations(t *testing.T) {
	for _, from := range []int{8000, 44100, 48000} {
		for _, to := range []int{8000, 16000, 48000} {
			r, in, out := NewResampler(from, to), make([]int16, from/50), make([]int16, 0, to/10)
			if n := testing.AllocsPerRun(100, func() { r.Resample(out, in) }); n != 0 {
				t.Errorf("%d to %d Hz: %v allocations", from, to, n)
			}
		}
	}
}

// BenchmarkResample converts a frame of 20 ms.
func BenchmarkResample(b *testing.B) {
	for _, c := range [][2]int{{16000, 48000}, {48000, 16000}, {48000, 8000}, {44100, 48000}, {8000, 16000}} {
		b.Run(fmt.Sprintf("%dto%d", c[0], c[1]), func(b *testing.B) {
			r, in, out := NewResampler(c[0], c[1]), make([]int16, c[0]/50), make([]int16, 0, c[1]/10)
			b.ReportAllocs()
			for b.Loop() {
				r.Resample(out, in)
			}
		})
	}
}
