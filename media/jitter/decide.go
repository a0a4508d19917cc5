// SPDX-License-Identifier: GPL-3.0-or-later

package jitter

import "time"

// move is what the head of the queue allows.
type move uint8

const (
	play    move = iota // the next packet is there
	fill                // a later packet is there: make up what is between
	wait                // nothing is there
	stopped             // nothing has been there for so long that the stream is paused
)

// more adds sound to what is ready: a packet, or up to want samples in place of one.
func (p *Player) more(want int, now time.Time) {
	next, hole := p.decide(want, now)
	switch next {
	case play:
		p.play()
	case fill:
		p.makeUp(hole)
	case wait:
		p.makeUp(want)
		p.waited += want
	case stopped:
		p.concealed.Add(-int64(p.waited)) // a pause is no loss
		p.waited = 0
		p.ready = p.ready[:len(p.ready)+want]
		clear(p.ready[len(p.ready)-want:])
	}
}

// decide looks at the head of the queue and moves on in the stream: by the packet it takes into
// payload, or by a hole of at most want samples.
func (p *Player) decide(want int, now time.Time) (next move, hole int) {
	q := &p.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.n > 0 && q.packets[0].timestamp < q.next {
		q.drop(1) // overlapped by one that was longer than their distance
	}
	if q.n == 0 {
		if p.waited >= samples(giveUp, p.rate) {
			q.restart()
			return stopped, 0
		}
		return wait, 0
	}
	first := &q.packets[0]
	hole = p.toSamples(first.timestamp - q.next)
	if hole > samples(longHole, p.rate) {
		hole, p.waited = 0, 0 // a new beginning
	}
	if done := min(hole, p.waited); done > 0 {
		q.next += p.toClock(done) // made up before it was known to be a hole
		hole -= done
		p.waited -= done
	}
	if hole > 0 {
		hole = min(hole, want)
		q.next += p.toClock(hole)
		return fill, hole
	}
	if p.waited > 0 {
		p.resume(now)
	}
	p.take(now)
	return play, 0
}

// resume decides what becomes of a packet that came after sound had been made up in its place:
// where the delay was what the path needs, as much is left out; otherwise the delay grows by it.
// The queue is locked.
func (p *Player) resume(now time.Time) {
	q := &p.queue
	waited := p.length(p.waited)
	delay := now.Sub(q.began) - q.duration(q.next) - waited
	if waited <= smallHole && delay >= q.delays.floor+q.delays.target() {
		p.skip += p.waited
		q.late++
	}
	p.waited = 0
}

// take moves the first packet's payload out of the queue, which is locked.
func (p *Player) take(now time.Time) {
	q := &p.queue
	taken := q.pop(p.payload)
	p.payload = taken.payload
	q.next = taken.timestamp + 1 // until its length is known
	delay := now.Sub(q.began) - taken.arrived + p.length(len(p.ready))
	p.delay.Add((int64(delay) - p.delay.Load()) / 16)
}

// play decodes the payload and adds it to what is ready, except what is to be left out; false when
// it cannot be decoded.
func (p *Player) play() bool {
	before := len(p.ready)
	var err error
	p.ready, err = p.decoder.Decode(p.ready, p.payload)
	n := len(p.ready) - before
	if err != nil || n <= 0 || n > samples(longest, p.rate) {
		p.ready = p.ready[:before]
		p.broken.Add(1)
		n = 0
	}
	q := &p.queue
	q.mu.Lock()
	q.next += p.toClock(n) - 1
	q.mu.Unlock()
	if n == 0 {
		return false // what it leaves is a hole as any other
	}
	p.packet = n
	if left := min(p.skip, n); left > 0 {
		p.ready = append(p.ready[:before], p.ready[before+left:]...)
		p.skip -= left
	}
	if p.conceal.active && len(p.ready) > before {
		p.conceal.join(p.ready[before:])
	}
	return true
}

// makeUp adds n samples that sound like those before them.
func (p *Player) makeUp(n int) {
	if !p.conceal.active {
		p.conceal.begin(p.history, p.ready, &p.periods)
	}
	for range n {
		p.ready = append(p.ready, p.conceal.next())
	}
	p.concealed.Add(int64(n))
}

// adapt brings the delay nearer to what the path needs, by a period at a time.
func (p *Player) adapt(now time.Time, frame int) {
	p.since++
	q := &p.queue
	q.mu.Lock()
	target := q.delays.target()
	excess := now.Sub(q.began) - q.duration(q.next) - q.delays.floor - target
	q.mu.Unlock()
	p.target.Store(int64(target))
	if p.conceal.active || p.waited > 0 || p.skip > 0 {
		return
	}
	// Of packets shorter than a frame the last is needed as early as the first. More than a frame
	// is ready only after a period was sought in it.
	excess += p.length(len(p.ready)/frame*frame - max(0, frame-p.packet))
	switch {
	case excess > surplus && (p.since >= stretchEvery || excess > surplus+badlyOff):
		p.faster(now)
	case excess < 0 && (p.since >= stretchEvery || excess < -badlyOff):
		p.slower()
	}
}

// faster leaves out a period, if the queue has enough for that without a hole.
func (p *Player) faster(now time.Time) {
	for len(p.ready) < p.periods.span() {
		if !p.takeWhole(now) || !p.play() {
			return
		}
	}
	var gone int
	if p.ready, gone = p.periods.shorten(p.ready); gone > 0 {
		p.stretched.Add(1)
	}
	p.since = 0
}

// takeWhole takes the next packet if it is there.
func (p *Player) takeWhole(now time.Time) bool {
	q := &p.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.n == 0 || q.packets[0].timestamp != q.next {
		return false
	}
	p.take(now)
	return true
}

// slower repeats a period.
func (p *Player) slower() {
	var more int
	p.spare, more = p.periods.lengthen(p.spare[:0], p.history, p.ready)
	p.ready, p.spare = p.spare, p.ready
	if more > 0 {
		p.stretched.Add(1)
	}
	p.since = 0
}
