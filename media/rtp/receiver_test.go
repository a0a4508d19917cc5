// SPDX-License-Identifier: GPL-3.0-or-later

package rtp

import (
	"testing"
	"time"
)

func newReceiver(trusted bool) *Receiver {
	var r Receiver
	r.Reset(8000, trusted)
	return &r
}

func TestProbation(t *testing.T) {
	r := newReceiver(false)
	for _, c := range []struct {
		seq  uint16
		want Verdict
	}{{10, Drop}, {5000, Drop}, {12, Drop}, {13, Restart}, {14, Take}} {
		if _, got := r.Receive(c.seq); got != c.want {
			t.Errorf("packet %d: %v, want %v", c.seq, got, c.want)
		}
	}
	if _, got := newReceiver(true).Receive(10); got != Restart {
		t.Errorf("first authentic packet: %v", got)
	}
}

func TestExtendedNumbers(t *testing.T) {
	r := newReceiver(true)
	var last int64
	for i, c := range []struct {
		seq  uint16
		want Verdict
		step int64
	}{
		{65534, Restart, 0},
		{0, Take, 2},
		{65535, Take, -1}, // late, from before the wrap
		{1, Take, 2},
		{2900, Take, 2899},
		{2850, Take, -50},
		{30000, Drop, 0}, // a jump
		{30001, Restart, 0},
		{30002, Take, 1},
		{29000, Drop, 0}, // too old
		{30003, Take, 1},
	} {
		extended, v := r.Receive(c.seq)
		if v != c.want || v == Take && extended-last != c.step {
			t.Errorf("step %d, packet %d: verdict %v, moved by %d", i, c.seq, v, extended-last)
		}
		if v == Restart && extended <= last {
			t.Errorf("step %d: the number went back from %d to %d", i, last, extended)
		}
		if v != Drop {
			last = extended
		}
	}
}

func TestLossAndFraction(t *testing.T) {
	r := newReceiver(true)
	for i := range 100000 {
		if i%10 != 3 { // one in ten is lost
			r.Receive(uint16(i))
		}
		if i == 49999 {
			if b, ok := r.Block(7); !ok || b.Lost != 5000 || b.Fraction != 25 || b.SSRC != 7 {
				t.Errorf("halfway %+v", b)
			}
		}
	}
	b, _ := r.Block(7)
	if b.Lost != 10000 || b.Fraction != 25 || b.Highest != 99999 {
		t.Errorf("at the end %+v", b)
	}
	if b, _ = r.Block(7); b.Fraction != 0 {
		t.Errorf("nothing since the last block, yet fraction %d", b.Fraction)
	}
	r.Receive(40000)
	r.Receive(40001) // the stream begins anew
	if got := r.Lost(); got != 10000 {
		t.Errorf("lost %d after a new start", got)
	}
}

// TestJitter is the estimator of RFC 3550 A.8 on alternating delays of 0 and 5 ms, which it
// approaches from below.
func TestJitter(t *testing.T) {
	r := newReceiver(true)
	start := time.Unix(1000, 0)
	timestamp := uint32(1<<32 - 2000) // wraps on the way
	for i := range 200 {
		r.Arrive(timestamp, start.Add(time.Duration(i)*20*time.Millisecond+time.Duration(i%2)*5*time.Millisecond))
		timestamp += 160
	}
	if got := r.Jitter(); got < 4990*time.Microsecond || got > 5*time.Millisecond {
		t.Errorf("jitter %v, want 5 ms", got)
	}
	r.Arrive(timestamp+1e9, start.Add(4*time.Second))
	if got := r.Jitter(); got > 5*time.Millisecond {
		t.Errorf("a jump of the timestamp made it %v", got)
	}
}
