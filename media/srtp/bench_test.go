// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import "testing"

// BenchmarkSeal protects a packet of 160 bytes of payload, 20 ms of G.711.
func BenchmarkSeal(b *testing.B) {
	for _, s := range suites {
		b.Run(s.String(), func(b *testing.B) {
			sealer, _, _ := pair(b, s)
			plain, buf := rtpPacket(0, 7), make([]byte, 0, 256)
			each(b, func(seq uint16) {
				plain[2], plain[3] = byte(seq>>8), byte(seq)
				if _, err := sealer.SealRTP(buf, plain); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkBoth is a packet sealed and opened.
func BenchmarkBoth(b *testing.B) {
	for _, s := range suites {
		b.Run(s.String(), func(b *testing.B) {
			each(b, ourBoth(b, s))
		})
	}
}

// each runs one packet per turn and reports packets a second.
func each(b *testing.B, packet func(seq uint16)) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		packet(uint16(n))
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "packets/s")
}
