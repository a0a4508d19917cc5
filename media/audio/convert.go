// SPDX-License-Identifier: GPL-3.0-or-later

package audio

import (
	"errors"
	"io"
)

// AtRate returns a Source that gives the sound of s at another rate in Hz.
func AtRate(s Source, rate int) Source {
	if s.Rate() == rate {
		return s
	}
	return &convertedSource{
		source: s, rate: rate, resampler: NewResampler(s.Rate(), rate),
		in: make([]int16, s.Rate()/100), ready: make([]int16, 0, rate/10),
	}
}

// convertedSource reads 10 ms of its source whenever it has run out of converted samples.
type convertedSource struct {
	source    Source
	rate      int
	resampler *Resampler
	in        []int16
	ready     []int16
	tail      int   // input samples of silence still to push through behind the end
	end       error // of the source
}

func (c *convertedSource) Rate() int { return c.rate }

func (c *convertedSource) ReadPCM(dst []int16) (int, error) {
	n := 0
	for {
		taken := copy(dst[n:], c.ready)
		n += taken
		c.ready = c.ready[:copy(c.ready, c.ready[taken:])]
		if n == len(dst) {
			return n, nil
		}
		if c.end != nil && c.tail <= 0 {
			return n, c.end
		}
		c.refill()
	}
}

// refill converts 10 ms more. Silence stands for what a source has not got now, and flushes the
// resampler behind its end.
func (c *convertedSource) refill() {
	n := 0
	if c.end == nil {
		n, c.end = c.source.ReadPCM(c.in)
		if c.end != nil {
			c.tail = len(c.resampler.past)
		}
	}
	if c.end == nil {
		clear(c.in[n:])
		n = len(c.in)
	} else if quiet := min(c.tail, len(c.in)-n); quiet > 0 {
		clear(c.in[n : n+quiet])
		n += quiet
		c.tail -= quiet
	}
	c.ready = c.resampler.Resample(c.ready, c.in[:n])
}

// SinkAtRate returns a Sink that takes sound at another rate in Hz and hands it to s at its own.
func SinkAtRate(s Sink, rate int) Sink {
	if s.Rate() == rate {
		return s
	}
	return &convertedSink{sink: s, rate: rate, resampler: NewResampler(rate, s.Rate()), out: make([]int16, 0, s.Rate()/10)}
}

type convertedSink struct {
	sink      Sink
	rate      int
	resampler *Resampler
	out       []int16
}

func (c *convertedSink) Rate() int { return c.rate }

func (c *convertedSink) WritePCM(pcm []int16) error {
	c.out = c.resampler.Resample(c.out[:0], pcm)
	return c.sink.WritePCM(c.out)
}

// Loop returns a Source that plays a source again and again. One that is empty is silence.
func Loop(s Rewinder) Source { return &loop{s} }

// Rewinder is a Source that can begin anew.
type Rewinder interface {
	Source
	Rewind()
}

type loop struct{ Rewinder }

func (l *loop) ReadPCM(dst []int16) (int, error) {
	n, err := l.Rewinder.ReadPCM(dst)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	l.Rewind()
	rest, err := l.Rewinder.ReadPCM(dst[n:])
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n + rest, err
}

// Sequence returns a Source that plays sources one after the other. All must have the same rate as
// the first, or are converted to it; there must be one at least.
func Sequence(first Source, more ...Source) Source {
	s := &sequence{rate: first.Rate(), left: []Source{first}}
	for _, next := range more {
		s.left = append(s.left, AtRate(next, s.rate))
	}
	return s
}

type sequence struct {
	rate int
	left []Source
}

func (s *sequence) Rate() int { return s.rate }

func (s *sequence) ReadPCM(dst []int16) (int, error) {
	n := 0
	for n < len(dst) && len(s.left) > 0 {
		got, err := s.left[0].ReadPCM(dst[n:])
		n += got
		if errors.Is(err, io.EOF) {
			s.left = s.left[1:]
			continue
		}
		return n, err
	}
	if len(s.left) == 0 {
		return n, io.EOF
	}
	return n, nil
}
