// SPDX-License-Identifier: GPL-3.0-or-later

// Package pathtest is a pair of media paths in memory, with delay, jitter and loss, for tests. In a
// testing/synctest bubble its time is the bubble's.
package pathtest

import (
	"container/heap"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"bellwire/media/path"
)

// Config describes both directions between two ends.
type Config struct {
	Delay  time.Duration // of every packet
	Jitter time.Duration // up to this more, at random; packets may overtake one another
	Loss   float64       // share of packets that vanish, 0 to 1
	Seed   uint64
}

// Pair returns the two ends.
func Pair(c Config) (a, b *End) {
	a, b = newEnd(c, c.Seed), newEnd(c, c.Seed+1)
	a.peer, b.peer = b, a
	for _, e := range []*End{a, b} {
		e.done.Add(1)
		go e.deliver()
	}
	return a, b
}

// End is one end of a pair.
type End struct {
	config   Config
	peer     *End
	wake     chan struct{}
	closing  chan struct{}
	once     sync.Once
	done     sync.WaitGroup
	handlers atomic.Pointer[handlers]
	tap      atomic.Pointer[func(rtcp bool, p []byte)]

	mu      sync.Mutex // guards all below
	rng     *rand.Rand
	flights flights
	order   uint64
}

type handlers struct{ rtp, rtcp func(p []byte) }

func newEnd(c Config, seed uint64) *End {
	return &End{config: c, wake: make(chan struct{}, 1), closing: make(chan struct{}), rng: rand.New(rand.NewPCG(seed, 99))}
}

// WriteRTP sends a packet to the other end.
func (e *End) WriteRTP(p []byte) error { return e.write(false, p) }

// WriteRTCP sends a packet to the other end.
func (e *End) WriteRTCP(p []byte) error { return e.write(true, p) }

// Receive sets the handlers.
func (e *End) Receive(rtp, rtcp func(p []byte)) { e.handlers.Store(&handlers{rtp, rtcp}) }

// Tap sets a function that sees every packet as this end writes it, lost or not.
func (e *End) Tap(see func(rtcp bool, p []byte)) { e.tap.Store(&see) }

// Close ends this end and waits for its goroutine.
func (e *End) Close() error {
	e.once.Do(func() { close(e.closing) })
	e.done.Wait()
	return nil
}

func (e *End) write(rtcp bool, p []byte) error {
	select {
	case <-e.closing:
		return path.ErrClosed
	default:
	}
	if tap := e.tap.Load(); tap != nil {
		(*tap)(rtcp, p)
	}
	e.mu.Lock()
	lost := e.rng.Float64() < e.config.Loss
	delay := e.config.Delay
	if e.config.Jitter > 0 {
		delay += time.Duration(e.rng.Int64N(int64(e.config.Jitter)))
	}
	e.mu.Unlock()
	if !lost {
		e.peer.accept(flight{at: time.Now().Add(delay), rtcp: rtcp, packet: append([]byte(nil), p...)})
	}
	return nil
}

func (e *End) accept(f flight) {
	e.mu.Lock()
	e.order++
	f.order = e.order
	heap.Push(&e.flights, f)
	e.mu.Unlock()
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// deliver hands over each packet when it is due.
func (e *End) deliver() {
	defer e.done.Done()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		next := time.Hour
		for {
			f, in, ok := e.due()
			if !ok {
				next = in
				break
			}
			e.hand(f)
		}
		timer.Reset(next)
		select {
		case <-timer.C:
		case <-e.wake:
		case <-e.closing:
			return
		}
	}
}

// due takes the next packet if its time has come, or tells how long that takes.
func (e *End) due() (f flight, in time.Duration, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.flights) == 0 {
		return flight{}, time.Hour, false
	}
	if in = time.Until(e.flights[0].at); in > 0 {
		return flight{}, in, false
	}
	return heap.Pop(&e.flights).(flight), 0, true
}

func (e *End) hand(f flight) {
	select {
	case <-e.closing:
		return
	default:
	}
	h := e.handlers.Load()
	if h == nil {
		return
	}
	to := h.rtp
	if f.rtcp {
		to = h.rtcp
	}
	if to != nil {
		to(f.packet)
	}
}

// flight is a packet on its way.
type flight struct {
	at     time.Time
	order  uint64
	rtcp   bool
	packet []byte
}

// flights is a heap by time of arrival.
type flights []flight

func (f flights) Len() int { return len(f) }
func (f flights) Less(i, j int) bool {
	if f[i].at.Equal(f[j].at) {
		return f[i].order < f[j].order
	}
	return f[i].at.Before(f[j].at)
}
func (f flights) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *flights) Push(x any)   { *f = append(*f, x.(flight)) }
func (f *flights) Pop() any {
	last := len(*f) - 1
	x := (*f)[last]
	*f = (*f)[:last]
	return x
}
