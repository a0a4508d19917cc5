// SPDX-License-Identifier: GPL-3.0-or-later

package rtp

import (
	"bytes"
	"testing"

	pion "github.com/pion/rtp"
)

func TestHeaderAgainstPion(t *testing.T) {
	h := Header{Marker: true, PayloadType: 104, Sequence: 0xfffe, Timestamp: 0xdeadbeef, SSRC: 0x01020304}
	p := append(h.Append(nil), "sound"...)
	var theirs pion.Packet
	if err := theirs.Unmarshal(p); err != nil {
		t.Fatal(err)
	}
	if theirs.SequenceNumber != h.Sequence || theirs.Timestamp != h.Timestamp || theirs.SSRC != h.SSRC ||
		theirs.PayloadType != h.PayloadType || !theirs.Marker || string(theirs.Payload) != "sound" {
		t.Errorf("read as %v", theirs)
	}
	full := pion.Packet{Header: theirs.Header, Payload: []byte("sound"), PaddingSize: 7}
	full.Padding = true
	full.CSRC = []uint32{1, 2, 3}
	full.Extension, full.ExtensionProfile = true, 0xbede
	if err := full.SetExtension(3, []byte{1, 2, 3, 4, 5}); err != nil {
		t.Fatal(err)
	}
	p, err := full.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, payload, err := Parse(p)
	if err != nil || got != h || string(payload) != "sound" {
		t.Errorf("parsed %v %q %v", got, payload, err)
	}
}

func TestParseRefuses(t *testing.T) {
	good := append(Header{}.Append(nil), 1, 2, 3)
	change := func(at int, b byte) []byte {
		p := bytes.Clone(good)
		p[at] = b
		return p
	}
	for name, p := range map[string][]byte{
		"empty":                         {},
		"11 bytes":                      good[:11],
		"version 1":                     change(0, 0x40),
		"sources beyond the end":        change(0, 0x81),
		"extension beyond the end":      change(0, 0x90),
		"padding longer than payload":   append(change(0, 0xa0), 200),
		"padding of zero":               append(change(0, 0xa0), 0),
		"padding without a payload":     {0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"extension length past the end": append(change(0, 0x90), 0xff),
	} {
		if h, _, err := Parse(p); err == nil {
			t.Errorf("%s: taken as %v", name, h)
		}
	}
}

func TestIsRTCP(t *testing.T) {
	report := Report{SSRC: 1}
	if !IsRTCP(report.Append(nil)) {
		t.Error("a receiver report is not seen as RTCP")
	}
	for pt := range uint8(128) {
		p := Header{PayloadType: pt, Marker: true}.Append(nil)
		if want := pt >= 64 && pt < 96; IsRTCP(p) != want { // the range RFC 5761 4 forbids on shared flows
			t.Errorf("payload type %d with marker: RTCP %v", pt, !want)
		}
	}
}
