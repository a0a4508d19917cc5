// SPDX-License-Identifier: GPL-3.0-or-later

package codec

import "testing"

// BenchmarkEncode codes a frame of 20 ms.
func BenchmarkEncode(b *testing.B) {
	for _, c := range List() {
		b.Run(c.Name, func(b *testing.B) {
			e, err := c.NewEncoder()
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			in, buf := tone(440, c.SampleRate, c.SamplesPerFrame()), make([]byte, 0, 1500)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Encode(buf, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDecode decodes a frame of 20 ms.
func BenchmarkDecode(b *testing.B) {
	for _, c := range List() {
		b.Run(c.Name, func(b *testing.B) {
			e, err := c.NewEncoder()
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			d, err := c.NewDecoder()
			if err != nil {
				b.Fatal(err)
			}
			payload, err := e.Encode(nil, tone(440, c.SampleRate, c.SamplesPerFrame()))
			if err != nil {
				b.Fatal(err)
			}
			out := make([]int16, 0, 6000)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Decode(out, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
