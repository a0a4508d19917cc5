// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"testing"
	"time"

	"bellwire/media/codec"
	"bellwire/media/jitter"
	"bellwire/media/rtp"
	"bellwire/media/srtp"
)

// FuzzReceive gives packets to an unprotected session, where everybody's reach the parsers: each
// begins with its length, every fourth goes to RTCP.
func FuzzReceive(f *testing.F) {
	var seed []byte
	for i := range 12 {
		var p []byte
		switch i % 4 {
		case 3:
			p = (&rtp.Report{SSRC: 7, CNAME: "x", HasSender: true, Bye: true}).Append(nil)
		case 2:
			p = append(rtp.Header{PayloadType: 101, Marker: true, Sequence: uint16(i), Timestamp: uint32(i * 160), SSRC: 7}.Append(nil), 5, 0x8a, 0, 160)
		default:
			p = append(rtp.Header{PayloadType: 8, Sequence: uint16(i), Timestamp: uint32(i * 160), SSRC: 7}.Append(nil), make([]byte, 160)...)
		}
		seed = append(append(seed, byte(len(p))), p...)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		now := time.Unix(1000, 0)
		stream, _ := streams(codec.PCMA(), srtp.Plain)
		s, err := prepare(Config{Path: &loopback{far: &loopback{}}, Stream: stream, Sink: discard{8000}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.send.close()
		for i := 0; len(data) > 0 && i < 200; i++ {
			n := min(int(data[0]), len(data)-1)
			p := append([]byte(nil), data[1:1+n]...)
			data = data[1+n:]
			if i%4 == 3 {
				s.receive.report(p, now)
			} else {
				s.receive.packet(p, now)
			}
			s.frame(now)
			now = now.Add(jitter.Frame)
		}
		st := s.Stats()
		if st.Jitter < 0 || st.RTT < 0 || st.Concealed < 0 {
			t.Errorf("%+v", st)
		}
	})
}
