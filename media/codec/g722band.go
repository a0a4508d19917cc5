// SPDX-License-Identifier: GPL-3.0-or-later

package codec

// band is the adaptive differential coder of one half of the band, the same in encoder and
// decoder: both follow the quantised difference (G.722 3.6 and 6.2.1). Numbers are fixed point as
// in the Recommendation; index 0 of an array is now, higher ones are earlier samples.
type band struct {
	estimate int    // predicted next sample
	zeros    int    // the part of it from past differences
	a        [3]int // pole coefficients, from 1
	b        [7]int // zero coefficients, from 1
	r        [3]int // reconstructed samples
	p        [3]int // partly reconstructed samples, only their signs count
	d        [7]int // quantised differences
	scale    int    // logarithm of the step
	step     int
}

func newLowBand() band  { return band{step: 32} }
func newHighBand() band { return band{step: 8} }

// quantizeLow codes a sample of the lower band with 6 bits.
func (b *band) quantizeLow(sample int) int {
	e := saturate(sample - b.estimate)
	magnitude := e
	if e < 0 {
		magnitude = ^e
	}
	level := 1
	for level < len(lowDecisions) && magnitude >= lowDecisions[level]*b.step>>12 {
		level++
	}
	code := 62 - level // 61 down to 32
	if e < 0 {
		code = 34 - level // 31 down to 4, after 63 and 62
		if level <= 2 {
			code = 64 - level
		}
	}
	b.followLow(code)
	return code
}

// restoreLow returns the sample of a code of 6 bits.
func (b *band) restoreLow(code int) int {
	sample := b.estimate + b.step*lowLevels6[code]>>15
	b.followLow(code)
	return max(-1<<14, min(1<<14-1, sample))
}

// followLow adapts by the four upper bits only, so that the lowest two could be lost on the way.
func (b *band) followLow(code int) {
	d := b.step * lowLevels4[code>>2] >> 15
	b.scale = max(0, min(18432, b.scale*127>>7+lowScale[code>>2]))
	b.step = stepOf(b.scale, 8)
	b.predict(d)
}

// quantizeHigh codes a sample of the upper band with 2 bits.
func (b *band) quantizeHigh(sample int) int {
	e := saturate(sample - b.estimate)
	magnitude, code := e, 3
	if e < 0 {
		magnitude, code = ^e, 1
	}
	if magnitude >= highDecision*b.step>>12 {
		code--
	}
	b.followHigh(code)
	return code
}

// restoreHigh returns the sample of a code of 2 bits.
func (b *band) restoreHigh(code int) int {
	sample := b.estimate + b.step*highLevels[code]>>15
	b.followHigh(code)
	return max(-1<<14, min(1<<14-1, sample))
}

func (b *band) followHigh(code int) {
	d := b.step * highLevels[code] >> 15
	b.scale = max(0, min(22528, b.scale*127>>7+highScale[code]))
	b.step = stepOf(b.scale, 10)
	b.predict(d)
}

// stepOf turns the logarithm of a step into the step (blocks SCALEL and SCALEH).
func stepOf(scale, shift int) int {
	mantissa := stepMantissa[scale>>6&31]
	if shift -= scale >> 11; shift < 0 {
		return mantissa << -shift << 2
	}
	return mantissa >> shift << 2
}

// predict adapts both predictors to the quantised difference and estimates the next sample
// (blocks RECONS to PREDIC).
func (b *band) predict(d int) {
	b.d[0] = d
	b.r[0] = saturate(b.estimate + d)
	b.p[0] = saturate(b.zeros + d)
	b.adaptPoles()
	b.adaptZeros()
	copy(b.d[1:], b.d[:])
	copy(b.r[1:], b.r[:])
	copy(b.p[1:], b.p[:])

	poles := saturate(b.a[1]*saturate(2*b.r[1])>>15 + b.a[2]*saturate(2*b.r[2])>>15)
	b.zeros = 0
	for i := 6; i > 0; i-- {
		b.zeros += b.b[i] * saturate(2*b.d[i]) >> 15
	}
	b.zeros = saturate(b.zeros)
	b.estimate = saturate(poles + b.zeros)
}

// adaptPoles moves the pole coefficients by the signs of the partly reconstructed samples (blocks
// UPPOL1, UPPOL2), within the limits of a stable filter.
func (b *band) adaptPoles() {
	same1 := (b.p[0] < 0) == (b.p[1] < 0)
	same2 := (b.p[0] < 0) == (b.p[2] < 0)
	turn := saturate(4 * b.a[1])
	if same1 {
		turn = min(-turn, 1<<15-1)
	}
	second := turn>>7 + signed(128, same2) + b.a[2]*32512>>15
	second = max(-12288, min(12288, second))
	first := saturate(signed(192, same1) + b.a[1]*32640>>15)
	limit := saturate(15360 - second)
	b.a[1], b.a[2] = max(-limit, min(limit, first)), second
}

// adaptZeros moves the zero coefficients by the signs of the differences (block UPZERO).
func (b *band) adaptZeros() {
	gain := 128
	if b.d[0] == 0 {
		gain = 0
	}
	for i := 1; i < len(b.b); i++ {
		b.b[i] = saturate(signed(gain, (b.d[0] < 0) == (b.d[i] < 0)) + b.b[i]*32640>>15)
	}
}

func signed(v int, positive bool) int {
	if positive {
		return v
	}
	return -v
}
