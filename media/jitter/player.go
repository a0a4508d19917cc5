// SPDX-License-Identifier: GPL-3.0-or-later

package jitter

import (
	"sync/atomic"
	"time"
)

const (
	// giveUp is how long nothing may come before the stream is taken for paused; what comes later
	// begins anew.
	giveUp = 500 * time.Millisecond
	// smallHole is how long nothing may come without the delay growing: what comes late is left out
	// then, since it was concealed already.
	smallHole = 60 * time.Millisecond
	// longHole is the longest pause between timestamps that is filled.
	longHole = time.Second
	// longest is the longest packet; Opus has 120 ms.
	longest = 120 * time.Millisecond
	// surplus beyond the target is normal: packets are of a frame each and wait for their turn.
	surplus = 20 * time.Millisecond
	// Periods are left out or repeated at most every few frames, so that nobody hears it; at once
	// where the delay is badly off.
	stretchEvery = 4
	badlyOff     = 60 * time.Millisecond
)

// Player turns the packets of one stream into frames of sound. Put is called by the goroutine that
// receives and Frame by the one that plays; Stats by any.
type Player struct {
	queue   queue
	decoder Decoder
	rate    int // of samples
	periods periods

	ready   []int16 // decoded, to be played next
	history []int16 // played last
	spare   []int16 // for lengthening
	payload []byte  // for exchange with the queue
	conceal concealer
	waited  int // samples made up while nothing was there, without moving on in the stream
	skip    int // samples to leave out, because they were made up before they came
	since   int // frames since the last stretch
	packet  int // samples in the last packet

	delay, target, concealed atomic.Int64
	broken, stretched        atomic.Uint64
}

// NewPlayer makes a player for one decoder: its samples per second, and the RTP clock in Hz.
func NewPlayer(d Decoder, sampleRate, clockRate int) *Player {
	p := &Player{
		queue:   queue{clockRate: int64(clockRate)},
		decoder: d,
		rate:    sampleRate,
		periods: newPeriods(sampleRate),
		conceal: concealer{rate: sampleRate},
		payload: make([]byte, 0, 256),
	}
	for i := range p.queue.packets {
		p.queue.packets[i].payload = make([]byte, 0, 192)
	}
	const most = 2 * longest // a packet behind what a search needs
	p.ready = make([]int16, 0, samples(most, sampleRate))
	p.spare = make([]int16, 0, samples(most, sampleRate))
	p.conceal.recent = make([]int16, 0, samples(most, sampleRate))
	p.history = make([]int16, p.periods.span())
	p.conceal.period = make([]int16, 0, p.periods.most)
	return p
}

// Put adds a packet that arrived at a time, in any order. The payload is copied.
func (p *Player) Put(timestamp uint32, payload []byte, at time.Time) {
	p.queue.put(timestamp, payload, at)
}

// Restart forgets the stream: what comes next has nothing to do with what was before.
func (p *Player) Restart() {
	p.queue.mu.Lock()
	defer p.queue.mu.Unlock()
	p.queue.restart()
}

// Frame fills dst with the sound to be played now: the next of the stream, or what replaces it, or
// silence. It is called every len(dst) samples, with the time at which it should be. It reports
// whether a stream is playing.
func (p *Player) Frame(dst []int16, now time.Time) bool {
	if !p.start(now) {
		p.ready, p.waited, p.skip = p.ready[:0], 0, 0
		p.quieten(dst)
		return false
	}
	p.adapt(now, len(dst))
	for len(p.ready) < len(dst) {
		p.more(len(dst)-len(p.ready), now)
	}
	copy(dst, p.ready)
	p.ready = p.ready[:copy(p.ready, p.ready[len(dst):])]
	p.remember(dst)
	return true
}

// start begins to play when the first packets have waited for long enough.
func (p *Player) start(now time.Time) bool {
	q := &p.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.playing {
		return true
	}
	if q.n == 0 {
		return false
	}
	waited := now.Sub(q.began) - q.packets[0].arrived
	if waited < q.delays.target() && q.duration(q.newest-q.packets[0].timestamp) < q.delays.target() {
		return false
	}
	q.playing, q.next = true, q.packets[0].timestamp
	return true
}

// quieten ends what was playing smoothly, and is silence then.
func (p *Player) quieten(dst []int16) {
	clear(dst)
	if p.conceal.active {
		for i := range dst {
			dst[i] = p.conceal.next()
		}
	}
	p.remember(dst)
}

// remember keeps what was played last.
func (p *Player) remember(pcm []int16) {
	if len(pcm) >= len(p.history) {
		copy(p.history, pcm[len(pcm)-len(p.history):])
		return
	}
	copy(p.history, p.history[len(pcm):])
	copy(p.history[len(p.history)-len(pcm):], pcm)
}

// Stats returns the figures as they are now.
func (p *Player) Stats() Stats {
	p.queue.mu.Lock()
	late := p.queue.late
	p.queue.mu.Unlock()
	return Stats{
		Delay:     time.Duration(p.delay.Load()),
		Target:    time.Duration(p.target.Load()),
		Concealed: p.length(int(p.concealed.Load())),
		Late:      late,
		Broken:    p.broken.Load(),
		Stretched: p.stretched.Load(),
	}
}

// length is the time that a number of samples takes.
func (p *Player) length(n int) time.Duration {
	return time.Duration(n) * time.Second / time.Duration(p.rate)
}

// toSamples converts clock units, toClock the other way.
func (p *Player) toSamples(units int64) int { return int(units * int64(p.rate) / p.queue.clockRate) }

func (p *Player) toClock(n int) int64 { return int64(n) * p.queue.clockRate / int64(p.rate) }
