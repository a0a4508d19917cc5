// SPDX-License-Identifier: GPL-3.0-or-later

package audio

import (
	"io"
	"sync"
	"time"
)

// Clip is sound in memory.
type Clip struct {
	pcm  []int16
	rate int
	at   int
}

// NewClip returns the samples as a Source.
func NewClip(pcm []int16, rate int) *Clip { return &Clip{pcm: pcm, rate: rate} }

// Rate returns the samples per second.
func (c *Clip) Rate() int { return c.rate }

// Rewind goes back to the first sample.
func (c *Clip) Rewind() { c.at = 0 }

// ReadPCM fills dst with the next samples.
func (c *Clip) ReadPCM(dst []int16) (int, error) {
	n := copy(dst, c.pcm[c.at:])
	c.at += n
	if n < len(dst) {
		return n, io.EOF
	}
	return n, nil
}

// Pipe is a Sink whose sound comes out of it as a Source: an echo within one call, or a join of
// two. It may be written and read by two goroutines. What is not read is kept up to a limit; then
// the oldest goes.
type Pipe struct {
	rate  int
	mu    sync.Mutex
	ring  []int16
	start int
	n     int
}

// NewPipe returns a pipe of a rate in Hz that keeps at most limit of sound.
func NewPipe(rate int, limit time.Duration) *Pipe {
	return &Pipe{rate: rate, ring: make([]int16, max(1, int(limit*time.Duration(rate)/time.Second)))}
}

// Rate returns the samples per second of both ends.
func (p *Pipe) Rate() int { return p.rate }

// WritePCM adds sound.
func (p *Pipe) WritePCM(pcm []int16) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range pcm {
		p.ring[(p.start+p.n)%len(p.ring)] = s
		if p.n < len(p.ring) {
			p.n++
		} else {
			p.start = (p.start + 1) % len(p.ring)
		}
	}
	return nil
}

// ReadPCM takes sound out. A pipe does not end.
func (p *Pipe) ReadPCM(dst []int16) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(len(dst), p.n)
	for i := range n {
		dst[i] = p.ring[(p.start+i)%len(p.ring)]
	}
	p.start = (p.start + n) % len(p.ring)
	p.n -= n
	return n, nil
}
