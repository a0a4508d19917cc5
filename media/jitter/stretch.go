// SPDX-License-Identifier: GPL-3.0-or-later

package jitter

import (
	"math"
	"time"
)

// Lengths of the search for the period of a sound. Voices have 2.5 to 15 ms (400 to 67 Hz); other
// sounds repeat in some multiple within the same range.
const (
	leastPeriod = 2500 * time.Microsecond
	mostPeriod  = 15 * time.Millisecond
	compareOver = 10 * time.Millisecond
	// coarseRate, in Hz, is that of the first search, which is then refined at the full rate.
	coarseRate = 8000
	// alike is the least correlation at which a period may be left out or repeated.
	alike = 0.4
	// silent is the RMS, of 32768, below which any two pieces are alike.
	silent = 60
)

// periods finds periods at one sample rate.
type periods struct {
	least, most, window int // in samples
	step                int // samples to one of the coarse search
	coarse              []float32
}

func newPeriods(rate int) periods {
	p := periods{least: samples(leastPeriod, rate), most: samples(mostPeriod, rate), window: samples(compareOver, rate), step: max(1, rate/coarseRate)}
	p.coarse = make([]float32, (p.most+p.window)/p.step+1)
	return p
}

// span is how many samples a search looks at.
func (p *periods) span() int { return p.most + p.window }

// find returns the distance at which the end of pcm, which has at least span samples, resembles
// what was before it best, and how much, from -1 to 1.
func (p *periods) find(pcm []int16) (lag int, likeness float64) {
	pcm = pcm[len(pcm)-p.span():]
	coarse := p.coarse[:len(pcm)/p.step]
	for i := range coarse {
		var sum float32
		for _, s := range pcm[len(pcm)-(len(coarse)-i)*p.step:][:p.step] {
			sum += float32(s)
		}
		coarse[i] = sum
	}
	best := math.Inf(-1)
	window := p.window / p.step
	for l := (p.least + p.step - 1) / p.step; l <= p.most/p.step && l+window <= len(coarse); l++ {
		if c := correlate(coarse[len(coarse)-window:], coarse[len(coarse)-window-l:]); c > best {
			lag, best = l*p.step, c
		}
	}
	tail := pcm[len(pcm)-p.window:]
	likeness = math.Inf(-1)
	for l := max(p.least, lag-p.step); l <= min(p.most, lag+p.step); l++ {
		if c := correlate16(tail, pcm[len(pcm)-p.window-l:]); c > likeness {
			lag, likeness = l, c
		}
	}
	return lag, likeness
}

// correlate returns the normalised correlation of a with the beginning of b.
func correlate(a, b []float32) float64 {
	var ab, aa, bb float32
	for i, x := range a {
		y := b[i]
		ab += x * y
		aa += x * x
		bb += y * y
	}
	return normal(float64(ab), float64(aa), float64(bb))
}

func correlate16(a, b []int16) float64 {
	var ab, aa, bb int64
	for i, x := range a {
		y := b[i]
		ab += int64(x) * int64(y)
		aa += int64(x) * int64(x)
		bb += int64(y) * int64(y)
	}
	return normal(float64(ab), float64(aa), float64(bb))
}

func normal(ab, aa, bb float64) float64 {
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

// quiet reports whether nobody would hear what happens to pcm.
func quiet(pcm []int16) bool {
	var sum int64
	for _, s := range pcm {
		sum += int64(s) * int64(s)
	}
	return sum < silent*silent*int64(len(pcm))
}

// shorten leaves a period out of pcm, which has at least span samples and follows on history. It
// returns what is left and how many samples are gone: none where nothing is alike.
func (p *periods) shorten(pcm []int16) (left []int16, gone int) {
	head := pcm[:p.span()]
	lag, likeness := p.find(head)
	if likeness < alike && !quiet(head) {
		return pcm, 0
	}
	// The end of head is faded from the period before into itself, and moved there.
	end := len(head)
	over := min(lag, p.window)
	for i := range over {
		from, to := pcm[end-over-lag+i], pcm[end-over+i]
		pcm[end-over-lag+i] = fade(from, to, i, over)
	}
	copy(pcm[end-lag:], pcm[end:])
	return pcm[:len(pcm)-lag], lag
}

// lengthen repeats the last period of history before pcm, which follows on it, appending to dst. It
// returns how many samples more there are: none where nothing is alike.
func (p *periods) lengthen(dst, history, pcm []int16) (longer []int16, more int) {
	lag, likeness := p.find(history)
	if likeness < alike && !quiet(history[len(history)-p.span():]) {
		return append(dst, pcm...), 0
	}
	again := history[len(history)-lag:]
	over := min(lag, len(pcm), p.window)
	for i := range over {
		dst = append(dst, fade(pcm[i], again[i], i, over))
	}
	dst = append(dst, again[over:]...)
	return append(dst, pcm...), lag
}

// fade is the ith of n steps from one sample to another.
func fade(from, to int16, i, n int) int16 {
	return int16((int(from)*(n-i) + int(to)*i) / n)
}

func samples(d time.Duration, rate int) int { return int(int64(d) * int64(rate) / int64(time.Second)) }
