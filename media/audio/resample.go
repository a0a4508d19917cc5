// SPDX-License-Identifier: GPL-3.0-or-later

package audio

import "math"

const (
	// lobes is how many zero crossings of the filter lie on each side of its middle.
	lobes = 32
	// rolloff is where the pass band ends, as a part of the lower of the two Nyquist limits; the
	// transition up to the limit follows from it, from lobes and from beta.
	rolloff = 0.925
	// beta shapes the Kaiser window: about 80 dB of attenuation.
	beta = 8
	// maxPhases bounds the table of rates whose ratio is not a simple one. Between its phases the
	// filter is interpolated, which is as good as 16-bit samples can show.
	maxPhases = 512
)

// Resampler changes the rate of a stream of samples with a polyphase windowed sinc. It is not
// safe for concurrent use.
type Resampler struct {
	up, down int // output and input rate without their common divisor
	phases   int
	taps     int
	table    []float32 // phases+1 filters of taps each
	past     []float32 // the last input samples, taps-1 of them before what is new
	at       int       // place of the next output sample after the start of past, in 1/up samples
}

// NewResampler makes a resampler between two rates in Hz, which must be positive.
func NewResampler(from, to int) *Resampler {
	r := &Resampler{up: to, down: from}
	for a, b := to, from; ; a, b = b, a%b {
		if b == 0 {
			r.up, r.down = to/a, from/a
			break
		}
	}
	r.phases = min(r.up, maxPhases)
	cutoff := rolloff * min(1, float64(to)/float64(from)) // of the input's Nyquist limit
	half := int(math.Ceil(lobes / min(1, float64(to)/float64(from))))
	r.taps = 2 * half
	r.table = make([]float32, (r.phases+1)*r.taps)
	for phase := range r.phases + 1 {
		offset := float64(phase) / float64(r.phases)
		row, sum := r.table[phase*r.taps:(phase+1)*r.taps], 0.0
		for i := range row {
			x := float64(i-half+1) - offset
			c := cutoff * sinc(cutoff*x) * kaiser(x/float64(half))
			row[i] = float32(c)
			sum += c
		}
		for i := range row {
			row[i] /= float32(sum) // no phase is louder than another
		}
	}
	r.past = make([]float32, half-1, r.taps+from/10) // silence before the first sample
	return r
}

// Resample appends what the samples of pcm become to dst. The output lags the input by Delay; over
// a stream its length is exact to one sample. It does not allocate while dst has room and pcm is
// not longer than 100 ms.
func (r *Resampler) Resample(dst, pcm []int16) []int16 {
	if r.up == r.down {
		return append(dst, pcm...)
	}
	for _, s := range pcm {
		r.past = append(r.past, float32(s))
	}
	whole, part := r.at/r.up, r.at%r.up
	for whole+r.taps <= len(r.past) {
		dst = append(dst, r.sample(r.past[whole:whole+r.taps], part))
		part += r.down
		whole += part / r.up
		part %= r.up
	}
	used := min(whole, len(r.past))
	r.past = r.past[:copy(r.past, r.past[used:])]
	r.at = (whole-used)*r.up + part
	return dst
}

// sample applies the filter of one phase.
func (r *Resampler) sample(in []float32, part int) int16 {
	var v float32
	if r.up <= maxPhases {
		row := r.table[part*r.taps:]
		v = dot(in, row[:len(in)])
	} else {
		place := float64(part) * float64(r.phases) / float64(r.up)
		phase := int(place)
		between := float32(place - float64(phase))
		row := r.table[phase*r.taps:]
		v = dot(in, row[:len(in)])*(1-between) + dot(in, row[r.taps:r.taps+len(in)])*between
	}
	return toInt16(v)
}

// Delay returns how many output samples the output lags behind the input.
func (r *Resampler) Delay() int {
	if r.up == r.down {
		return 0
	}
	return r.taps / 2 * r.up / r.down
}

// dot has four sums, so that one addition need not wait for the one before.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}

func toInt16(v float32) int16 {
	if v < 0 {
		return int16(max(v-0.5, -1<<15))
	}
	return int16(min(v+0.5, 1<<15-1))
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the window, highest in the middle and next to nothing at -1 and 1.
func kaiser(x float64) float64 {
	if x < -1 || x > 1 {
		return 0
	}
	return bessel(beta * math.Sqrt(1-x*x)) // each row of the table is normalised in the end
}

// bessel is the modified Bessel function of the first kind and order zero, by its power series.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for n := 1.0; term > 1e-12*sum; n++ {
		term *= x * x / (4 * n * n)
		sum += term
	}
	return sum
}
