// SPDX-License-Identifier: GPL-3.0-or-later

package jitter

import "time"

const (
	// Sound that is made up stays at its level for fadeAfter and is gone at fadeEnd.
	fadeAfter = 15 * time.Millisecond
	fadeEnd   = 60 * time.Millisecond
	// joinOver is how long the return to true sound takes.
	joinOver = 5 * time.Millisecond
)

// concealer makes up sound by repeating the last period, fading.
type concealer struct {
	rate   int
	active bool
	period []int16
	recent []int16
	made   int // samples since it began
}

// begin takes the last period of what was played and what is ready to be played after it.
func (c *concealer) begin(history, ready []int16, p *periods) {
	c.recent = append(append(c.recent[:0], history...), ready...)
	lag, _ := p.find(c.recent)
	c.period = append(c.period[:0], c.recent[len(c.recent)-lag:]...)
	c.active, c.made = true, 0
}

// next returns the next sample.
func (c *concealer) next() int16 {
	from, to := samples(fadeAfter, c.rate), samples(fadeEnd, c.rate)
	s := int(c.period[c.made%len(c.period)])
	c.made++
	switch {
	case c.made >= to:
		return 0
	case c.made > from:
		s = s * (to - c.made) / (to - from)
	}
	return int16(s)
}

// join fades from made-up sound to the true sound that follows, in place, and ends.
func (c *concealer) join(pcm []int16) {
	n := min(samples(joinOver, c.rate), len(pcm))
	for i := range n {
		pcm[i] = fade(c.next(), pcm[i], i, n)
	}
	c.active = false
}
