// SPDX-License-Identifier: GPL-3.0-or-later

package rtp

import "time"

// Limits of RFC 3550 A.1.
const (
	maxDropout    = 3000 // packets missing at once that may still be the same stream
	maxMisorder   = 100  // packets an older one may be behind
	minSequential = 2    // packets in a row before an unauthenticated source is believed
)

// Verdict says what to do with a received packet.
type Verdict uint8

const (
	Drop    Verdict = iota // not (yet) a part of the stream
	Take                   // a part of the stream
	Restart                // the first packet of a stream that began anew: forget the old one
)

// Receiver keeps the statistics of one source (RFC 3550 A.1, A.3, A.8). It is not safe for
// concurrent use. The zero value needs Reset before the first packet.
type Receiver struct {
	started   bool
	probation int
	high      uint16 // highest sequence number
	cycles    int64  // shifted by 2^16 for each wrap and each restart
	base      int64  // extended number of the first packet
	bad       uint32 // where the sequence would go on if it jumped; beyond 2^16 for nowhere
	received  int64  // since base
	lost      int64  // before base, in parts of the stream that ended

	clockRate  int64
	transit    int64 // of the packet before, in clock units
	timed      bool
	jitter     float64 // in clock units
	began      time.Time
	expectedAt int64 // at the last report block
	receivedAt int64
}

// Reset begins with an unknown source. A trusted source, whose packets are authenticated, is
// believed at once, another after two packets in sequence.
func (r *Receiver) Reset(clockRate int, trusted bool) {
	*r = Receiver{clockRate: int64(clockRate), bad: 1 << 17}
	if !trusted {
		r.probation = minSequential - 1
	}
}

// SetClockRate changes the unit of timestamps, as a change of codec does.
func (r *Receiver) SetClockRate(clockRate int) {
	if r.clockRate != int64(clockRate) {
		r.clockRate, r.timed, r.jitter = int64(clockRate), false, 0
	}
}

// Receive takes the sequence number of a packet. For packets to be used it returns the number
// extended beyond 16 bits, which never goes back when a stream wraps or begins anew.
func (r *Receiver) Receive(seq uint16) (extended int64, v Verdict) {
	if !r.started {
		return r.first(seq)
	}
	ahead := seq - r.high
	switch {
	case ahead < maxDropout:
		if seq < r.high {
			r.cycles += 1 << 16
		}
		r.high = seq
		r.bad = 1 << 17
	case ahead <= 1<<16-1-maxMisorder:
		// A jump: believed when the next packet goes on from there.
		if uint32(seq) != r.bad {
			r.bad = uint32(seq + 1)
			return 0, Drop
		}
		r.lost += r.expected() - r.received
		r.cycles += 1 << 16
		r.begin(seq)
		return r.base, Restart
	}
	r.received++
	extended = r.cycles + int64(seq)
	if seq > r.high && ahead > 1<<15 { // from before the last wrap
		extended -= 1 << 16
	}
	return extended, Take
}

func (r *Receiver) first(seq uint16) (int64, Verdict) {
	if r.probation > 0 {
		if uint32(seq) != r.bad {
			r.bad = uint32(seq + 1)
			return 0, Drop
		}
		r.probation--
	}
	r.started = true
	r.begin(seq)
	return r.base, Restart
}

func (r *Receiver) begin(seq uint16) {
	r.high, r.bad = seq, 1<<17
	r.base = r.cycles + int64(seq)
	r.received = 1
	r.timed = false
	r.expectedAt, r.receivedAt = 0, 0
}

// Arrive adds a packet to the interarrival jitter (RFC 3550 A.8). Packets whose timestamp does not
// say when they were sent, such as those of a digit, are left out by the caller.
func (r *Receiver) Arrive(timestamp uint32, at time.Time) {
	if r.began.IsZero() {
		r.began = at
	}
	arrival := int64(at.Sub(r.began)) * (r.clockRate / 100) / int64(time.Second/100)
	transit := arrival - int64(timestamp)
	if r.timed {
		d := int64(int32(transit - r.transit)) // the timestamp wraps at 2^32
		if d < 0 {
			d = -d
		}
		if d < 10*r.clockRate { // a jump of the timestamp is a new start, not jitter
			r.jitter += (float64(d) - r.jitter) / 16
		}
	}
	r.transit, r.timed = transit, true
}

// Jitter returns the interarrival jitter.
func (r *Receiver) Jitter() time.Duration {
	if r.clockRate == 0 {
		return 0
	}
	return time.Duration(r.jitter * float64(time.Second) / float64(r.clockRate))
}

// Lost returns how many packets never came, over the whole life of the source. What came twice
// would make it too small; authenticated packets never come twice.
func (r *Receiver) Lost() int64 {
	if !r.started {
		return 0
	}
	return max(0, r.lost+r.expected()-r.received)
}

// expected is the number of packets from base to the highest.
func (r *Receiver) expected() int64 { return r.cycles + int64(r.high) - r.base + 1 }

// Block returns the report block about this source, its fraction lost counted since the block
// before; false while nothing was received (RFC 3550 6.4.1, A.3).
func (r *Receiver) Block(ssrc uint32) (Block, bool) {
	if !r.started {
		return Block{}, false
	}
	expected := r.expected()
	interval := expected - r.expectedAt
	lost := interval - (r.received - r.receivedAt)
	r.expectedAt, r.receivedAt = expected, r.received
	b := Block{
		SSRC:    ssrc,
		Lost:    int32(max(-1<<23, min(1<<23-1, r.lost+expected-r.received))),
		Highest: uint32(r.cycles + int64(r.high)),
		Jitter:  uint32(r.jitter),
	}
	if interval > 0 && lost > 0 {
		b.Fraction = uint8(min(255, lost<<8/interval))
	}
	return b, true
}
