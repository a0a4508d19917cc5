// SPDX-License-Identifier: GPL-3.0-or-later

package rtp

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

func TestReportAgainstPion(t *testing.T) {
	block := Block{SSRC: 9, Fraction: 64, Lost: -3, Highest: 70000, Jitter: 12, LastSR: 0x11223344, Delay: 65536}
	info := SenderInfo{NTP: 0x0102030405060708, Timestamp: 1000, Packets: 50, Octets: 8000}
	theirBlock := rtcp.ReceptionReport{SSRC: 9, FractionLost: 64, TotalLost: 1<<24 - 3, LastSequenceNumber: 70000, Jitter: 12, LastSenderReport: 0x11223344, Delay: 65536}
	name := &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: 5, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "abcdef"}}}}}
	for _, c := range []struct {
		ours   Report
		theirs []rtcp.Packet
	}{
		{Report{SSRC: 5, CNAME: "abcdef"}, []rtcp.Packet{&rtcp.ReceiverReport{SSRC: 5, Reports: []rtcp.ReceptionReport{}, ProfileExtensions: []byte{}}, name}},
		{Report{SSRC: 5, CNAME: "abcdef", HasBlock: true, Block: block, Bye: true}, []rtcp.Packet{
			&rtcp.ReceiverReport{SSRC: 5, Reports: []rtcp.ReceptionReport{theirBlock}, ProfileExtensions: []byte{}}, name, &rtcp.Goodbye{Sources: []uint32{5}}}},
		{Report{SSRC: 5, CNAME: "abcdef", HasSender: true, Sender: info, HasBlock: true, Block: block}, []rtcp.Packet{
			&rtcp.SenderReport{SSRC: 5, NTPTime: info.NTP, RTPTime: 1000, PacketCount: 50, OctetCount: 8000, Reports: []rtcp.ReceptionReport{theirBlock}, ProfileExtensions: []byte{}}, name}},
	} {
		p := c.ours.Append(nil)
		got, err := rtcp.Unmarshal(p)
		if err != nil {
			t.Fatalf("%+v: %v", c.ours, err)
		}
		if len(got) != len(c.theirs) {
			t.Fatalf("%d packets, want %d", len(got), len(c.theirs))
		}
		if sr, ok := got[0].(*rtcp.SenderReport); ok {
			// pion counts the blocks it reads as 24 bits without sign
			if sr.RTPTime != 1000 || sr.NTPTime != info.NTP || len(sr.Reports) != 1 || sr.Reports[0] != theirBlock {
				t.Errorf("read as %v", sr)
			}
		}
		if rr, ok := got[0].(*rtcp.ReceiverReport); ok && len(rr.Reports) == 1 && rr.Reports[0] != theirBlock {
			t.Errorf("read as %v", rr)
		}
		if d, ok := got[1].(*rtcp.SourceDescription); !ok || !reflect.DeepEqual(d, name) {
			t.Errorf("name read as %v", got[1])
		}
		theirs, err := rtcp.Marshal(c.theirs)
		if err != nil {
			t.Fatal(err)
		}
		for _, bytes := range [][]byte{p, theirs} {
			back, err := ParseReport(bytes, 9)
			want := c.ours
			want.CNAME = ""
			if err != nil || back != want {
				t.Errorf("parsed %+v (%v), want %+v", back, err, want)
			}
		}
	}
}

func TestBlocksOfOthersAreSkipped(t *testing.T) {
	p, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.ReceiverReport{SSRC: 5, Reports: []rtcp.ReceptionReport{{SSRC: 1, TotalLost: 1}, {SSRC: 2, TotalLost: 2}, {SSRC: 3, TotalLost: 3}}},
		&rtcp.PictureLossIndication{SenderSSRC: 5, MediaSSRC: 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := ParseReport(p, 2); err != nil || !r.HasBlock || r.Block.Lost != 2 {
		t.Errorf("%+v %v", r, err)
	}
	if r, err := ParseReport(p, 4); err != nil || r.HasBlock {
		t.Errorf("%+v %v", r, err)
	}
}

func TestParseReportRefuses(t *testing.T) {
	r := Report{SSRC: 5, CNAME: "x", HasSender: true, HasBlock: true, Bye: true}
	good := r.Append(nil)
	for n := range len(good) {
		if n == 52 || n == 52+12 || n == 52+16 { // between its packets
			continue
		}
		if _, err := ParseReport(good[:n], 1); err == nil {
			t.Errorf("the first %d bytes of %d were taken", n, len(good))
		}
	}
	bad := append([]byte(nil), good...)
	bad[0] |= 0x1f
	if _, err := ParseReport(bad, 1); err == nil {
		t.Error("31 blocks in the space of one were taken")
	}
}

func TestLongNameIsCut(t *testing.T) {
	r := Report{CNAME: strings.Repeat("x", 300)}
	if _, err := rtcp.Unmarshal(r.Append(nil)); err != nil {
		t.Error(err)
	}
}

func TestRoundTripTime(t *testing.T) {
	sent := time.Date(2036, 2, 7, 6, 28, 15, 9e8, time.UTC) // just before NTP seconds wrap
	for _, want := range []time.Duration{0, time.Millisecond, 150 * time.Millisecond, 5 * time.Second} {
		b := Block{LastSR: ShortNTP(NTP(sent)), Delay: ReportAge(3 * time.Second)}
		got, ok := b.RoundTrip(sent.Add(3*time.Second + want))
		if !ok || got < want-time.Millisecond || got > want+time.Millisecond {
			t.Errorf("%v, %v; want %v", got, ok, want)
		}
	}
	for name, b := range map[string]Block{"no report": {}, "from the future": {LastSR: ShortNTP(NTP(sent.Add(time.Second)))}, "absurd": {LastSR: ShortNTP(NTP(sent.Add(-time.Hour)))}} {
		if got, ok := b.RoundTrip(sent); ok {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestReportDelayIsRandom(t *testing.T) {
	low, high := time.Hour, time.Duration(0)
	for range 1000 {
		d := ReportDelay(2)
		low, high = min(low, d), max(high, d)
	}
	if low < 2500*time.Millisecond || high > 7500*time.Millisecond || high-low < 3*time.Second {
		t.Errorf("from %v to %v", low, high)
	}
}

func TestNoAllocations(t *testing.T) {
	r := Report{SSRC: 5, CNAME: "abcdef", HasSender: true, HasBlock: true, Bye: true}
	buf := make([]byte, 0, 512)
	rec := newReceiver(true)
	seq := uint16(0)
	at := time.Unix(0, 0)
	if n := testing.AllocsPerRun(1000, func() {
		p := r.Append(buf)
		if _, err := ParseReport(p, 5); err != nil {
			t.Fatal(err)
		}
		packet := Header{Sequence: seq}.Append(buf)
		h, _, _ := Parse(packet)
		rec.Receive(h.Sequence)
		rec.Arrive(h.Timestamp, at)
		rec.Block(5)
		seq++
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
