// SPDX-License-Identifier: GPL-3.0-or-later

package rtp

import (
	"testing"
	"time"
)

func FuzzParse(f *testing.F) {
	f.Add(append(Header{Marker: true, PayloadType: 8, Sequence: 1, SSRC: 2}.Append(nil), 1, 2, 3))
	f.Add([]byte{0xb1, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 9, 9, 2})
	f.Fuzz(func(t *testing.T, p []byte) {
		h, payload, err := Parse(p)
		if err != nil {
			return
		}
		if n, err := HeaderLen(p); err != nil || n+len(payload) > len(p) {
			t.Errorf("header of %d (%v) and payload of %d in %d bytes", n, err, len(payload), len(p))
		}
		again, rest, err := Parse(append(h.Append(nil), payload...))
		if err != nil || again != h || len(rest) != len(payload) {
			t.Errorf("%v became %v, %v", h, again, err)
		}
	})
}

func FuzzParseReport(f *testing.F) {
	r := Report{SSRC: 5, CNAME: "abc", HasSender: true, HasBlock: true, Block: Block{SSRC: 1}, Bye: true}
	f.Add(r.Append(nil))
	f.Add([]byte{0x81, 201, 0, 1, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, p []byte) {
		r, err := ParseReport(p, 1)
		if err != nil {
			return
		}
		r.Block.RoundTrip(time.Unix(1e9, 0))
		again, err := ParseReport(r.Append(nil), 1)
		if err != nil || again != r {
			t.Errorf("%+v became %+v, %v", r, again, err)
		}
	})
}

// FuzzDigits plays packets of 8 bytes: a payload and a timestamp.
func FuzzDigits(f *testing.F) {
	var seed []byte
	for _, p := range pressAll("1#", 8000) {
		seed = append(append(seed, p.payload...), byte(p.timestamp>>24), byte(p.timestamp>>16), byte(p.timestamp>>8), byte(p.timestamp))
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		var d Digits
		at := time.Unix(0, 0)
		packets := 0
		for ; len(data) >= 8; data = data[8:] {
			at = at.Add(20 * time.Millisecond)
			packets++
			k, ok := d.Receive(data[:4], uint32(data[4])<<24|uint32(data[5])<<16|uint32(data[6])<<8|uint32(data[7]), 8000, at)
			if ok && (k.Duration < 0 || CheckKeys(string(k.Key)) != nil) {
				t.Errorf("%v", k)
			}
		}
		if _, ok := d.Expire(8000, at.Add(time.Second)); ok && packets == 0 {
			t.Error("a key out of nothing")
		}
	})
}

func FuzzReceiver(f *testing.F) {
	f.Add([]byte{0, 1, 0, 2, 0, 3, 0xff, 0xff, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newReceiver(false)
		highest := int64(-1)
		for ; len(data) >= 2; data = data[2:] {
			extended, v := r.Receive(uint16(data[0])<<8 | uint16(data[1]))
			if v == Restart && extended <= highest {
				t.Errorf("a new start went back from %d to %d", highest, extended)
			}
			if v != Drop {
				highest = max(highest, extended)
			}
		}
		if r.Lost() < 0 {
			t.Errorf("lost %d", r.Lost())
		}
	})
}
