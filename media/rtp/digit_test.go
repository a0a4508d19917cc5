// SPDX-License-Identifier: GPL-3.0-or-later

package rtp

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

type eventPacket struct {
	payload   []byte
	timestamp uint32
	marker    bool
	at        time.Duration
}

// pressAll returns the packets of keys of 100 ms with pauses of 100 ms.
func pressAll(text string, rate int) []eventPacket {
	var packets []eventPacket
	for i := range len(text) {
		p := NewPress(text[i], 5, rate)
		at := time.Duration(i) * 200 * time.Millisecond
		for more := true; more; at += 20 * time.Millisecond {
			var e eventPacket
			e.payload, e.marker, more = p.Next(nil)
			e.timestamp, e.at = uint32(1<<32-3000+i*rate/5), at // the timestamp wraps on the way
			packets = append(packets, e)
		}
	}
	return packets
}

func receiveAll(packets []eventPacket, rate int) (text string, durations []time.Duration) {
	var d Digits
	start, now := time.Unix(0, 0), time.Duration(0)
	take := func(k Digit, ok bool) {
		if ok {
			text += string(k.Key)
			durations = append(durations, k.Duration)
		}
	}
	for _, p := range packets {
		for ; now < p.at; now += 20 * time.Millisecond {
			take(d.Expire(rate, start.Add(now)))
		}
		take(d.Receive(p.payload, p.timestamp, rate, start.Add(p.at)))
	}
	take(d.Expire(rate, start.Add(now+time.Second)))
	return text, durations
}

func TestDigits(t *testing.T) {
	const all = "0123456789*#ABCD1100##"
	for _, rate := range []int{8000, 16000, 48000} {
		packets := pressAll(all, rate)
		if len(packets) != 7*len(all) {
			t.Fatalf("%d packets for %d keys", len(packets), len(all))
		}
		for i, p := range packets {
			if p.marker != (i%7 == 0) || (p.payload[1]&endBit != 0) != (i%7 >= 4) {
				t.Errorf("packet %d of a key: marker %v, payload %x", i%7, p.marker, p.payload)
			}
		}
		got, durations := receiveAll(packets, rate)
		if got != all {
			t.Errorf("%d Hz: received %q", rate, got)
		}
		for _, d := range durations {
			if d != 100*time.Millisecond {
				t.Errorf("%d Hz: a key of %v", rate, d)
			}
		}
	}
}

// TestDigitsThroughLoss loses, doubles and swaps packets at random, leaving at least one of each key.
func TestDigitsThroughLoss(t *testing.T) {
	const all = "159*11#D0042"
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 2000 {
		var packets []eventPacket
		sent := pressAll(all, 8000)
		for key := 0; key < len(sent); key += 7 {
			keep := key + rng.IntN(7)
			for i := key; i < key+7; i++ {
				if i != keep && rng.IntN(3) == 0 {
					continue
				}
				packets = append(packets, sent[i])
				if rng.IntN(5) == 0 {
					packets = append(packets, sent[i])
				}
				if n := len(packets); n > 1 && rng.IntN(5) == 0 && packets[n-2].timestamp == packets[n-1].timestamp {
					packets[n-1].payload, packets[n-2].payload = packets[n-2].payload, packets[n-1].payload
				}
			}
		}
		if got, _ := receiveAll(packets, 8000); got != all {
			t.Fatalf("round %d: received %q", round, got)
		}
	}
}

func TestLongKey(t *testing.T) {
	var d Digits
	at := time.Unix(0, 0)
	send := func(timestamp uint32, length uint16, end byte) (Digit, bool) {
		return d.Receive([]byte{7, end, byte(length >> 8), byte(length)}, timestamp, 8000, at)
	}
	for _, length := range []uint16{1000, 40000, 0xffff} {
		if k, ok := send(500, length, 0); ok {
			t.Errorf("ended early: %v", k)
		}
	}
	if k, ok := send(500+0xffff, 160, 0); ok {
		t.Errorf("ended by its second segment: %v", k)
	}
	k, ok := send(500+0xffff, 320, endBit)
	if want := time.Duration(0xffff+320) * time.Second / 8000; !ok || k.Key != '7' || k.Duration != want {
		t.Errorf("%v %v, want %v", k, ok, want)
	}
}

func TestOtherEventsAreIgnored(t *testing.T) {
	var d Digits
	for _, payload := range [][]byte{nil, {1, 2, 3}, {16, endBit, 0, 0}, {255, endBit, 0, 0}} {
		if k, ok := d.Receive(payload, 1, 8000, time.Unix(0, 0)); ok {
			t.Errorf("%x became %v", payload, k)
		}
	}
}

func TestCheckKeys(t *testing.T) {
	if err := CheckKeys("0123456789*#ABCDabcd"); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"12E", "1 2", "é", "e"} {
		if err := CheckKeys(bad); err == nil || !strings.Contains(err.Error(), "not a key") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
