// SPDX-License-Identifier: GPL-3.0-or-later

package calltest

import (
	"io"
	"math"
	"sync"
	"time"
)

// Tone is a source of one frequency at 8000 samples a second.
type Tone struct {
	Hz float64
	n  int
}

// Rate is 8000.
func (s *Tone) Rate() int { return 8000 }

// ReadPCM never ends.
func (s *Tone) ReadPCM(dst []int16) (int, error) {
	for i := range dst {
		dst[i] = int16(8000 * math.Sin(2*math.Pi*s.Hz*float64(s.n)/8000))
		s.n++
	}
	return len(dst), nil
}

// Ear is a sink that keeps what it hears.
type Ear struct {
	mu  sync.Mutex
	pcm []int16
}

// Rate is 8000.
func (s *Ear) Rate() int { return 8000 }

// WritePCM keeps what is heard, ten minutes of it at most.
func (s *Ear) WritePCM(pcm []int16) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pcm) > 8000*600 {
		return io.ErrShortWrite
	}
	s.pcm = append(s.pcm, pcm...)
	return nil
}

// Purity forgets what was heard and returns, after a while, how much of the sound then heard was at
// the frequency: 1 for a pure tone, 0 for another one or silence.
func (s *Ear) Purity(hz float64, listen time.Duration) float64 {
	s.mu.Lock()
	s.pcm = nil
	s.mu.Unlock()
	<-time.After(listen)
	s.mu.Lock()
	defer s.mu.Unlock()
	var total, re, im float64
	for i, sample := range s.pcm {
		v := float64(sample)
		total += v * v
		re += v * math.Cos(2*math.Pi*hz*float64(i)/8000)
		im += v * math.Sin(2*math.Pi*hz*float64(i)/8000)
	}
	if total < float64(len(s.pcm))*100*100 {
		return 0
	}
	return 2 * (re*re + im*im) / (total * float64(len(s.pcm)))
}
