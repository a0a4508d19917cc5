// SPDX-License-Identifier: GPL-3.0-or-later

package jitter

import (
	"sync"
	"time"
)

const (
	// capacity is how many packets are kept at most: more than a second.
	capacity = 64
	// maxPayload, in bytes, is what a packet may have; longer ones are dropped.
	maxPayload = 1500
	// jump is how far the timestamp of a packet may be from the one before without being a new
	// beginning.
	jump = 10 * time.Second
)

// packet waits to be played.
type packet struct {
	timestamp int64 // since the first packet, in clock units
	arrived   time.Duration
	payload   []byte
}

// queue keeps packets in the order of their timestamps. It is the one part that the goroutine that
// receives and the one that plays share; neither holds the lock for longer than it takes to move a
// few words.
type queue struct {
	clockRate int64

	mu      sync.Mutex // guards all below
	packets [capacity]packet
	n       int
	began   time.Time // what arrival times count from
	started bool
	base    uint32 // timestamp of the first packet
	newest  int64
	next    int64 // earlier packets come too late
	playing bool  // next is known
	delays  estimator
	late    uint64
}

// duration converts clock units.
func (q *queue) duration(units int64) time.Duration {
	return time.Duration(units/q.clockRate)*time.Second + time.Duration(units%q.clockRate)*time.Second/time.Duration(q.clockRate)
}

// put adds a packet, unless it came too late, or twice. The payload is copied.
func (q *queue) put(timestamp uint32, payload []byte, at time.Time) {
	if len(payload) > maxPayload || len(payload) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.started {
		q.started, q.base, q.began, q.newest = true, timestamp, at, 0
	}
	ts := q.newest + int64(int32(timestamp-q.base-uint32(q.newest)))
	if d := q.duration(ts - q.newest); d > jump || d < -jump {
		q.restart()
		q.started, q.base, q.began, q.newest, ts = true, timestamp, at, 0, 0
	}
	arrived := at.Sub(q.began)
	q.delays.add(arrived-q.duration(ts), arrived)
	q.newest = max(q.newest, ts)
	if q.playing && ts < q.next {
		q.late++
		return
	}
	q.insert(ts, arrived, payload)
}

// insert puts a packet in its place, nearly always the last.
func (q *queue) insert(ts int64, arrived time.Duration, payload []byte) {
	at := q.n
	for at > 0 && q.packets[at-1].timestamp >= ts {
		at--
	}
	if at < q.n && q.packets[at].timestamp == ts {
		return
	}
	if q.n == capacity {
		if at == 0 {
			return
		}
		q.drop(1)
		at--
	}
	free := q.packets[q.n].payload
	copy(q.packets[at+1:q.n+1], q.packets[at:q.n])
	q.packets[at] = packet{ts, arrived, append(free[:0], payload...)}
	q.n++
}

// drop forgets the first n packets. Their payload buffers go to the end, to be used again.
func (q *queue) drop(n int) {
	for ; n > 0; n-- {
		free := q.packets[0].payload
		copy(q.packets[:], q.packets[1:q.n])
		q.n--
		q.packets[q.n] = packet{payload: free}
	}
}

// restart forgets everything about the stream.
func (q *queue) restart() {
	q.drop(q.n)
	q.delays.reset()
	q.started, q.playing = false, false
}

// pop takes the first packet out and leaves buf, whose room is used again, in its place.
func (q *queue) pop(buf []byte) packet {
	p := q.packets[0]
	q.packets[0].payload = buf
	q.drop(1)
	return p
}
