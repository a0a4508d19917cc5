// SPDX-License-Identifier: GPL-3.0-or-later

package wire_test

import (
	"testing"

	"bellwire/dht/wire"
)

// benchmarked are the messages a node handles most.
var benchmarked = []struct {
	name, file string
	index      int
}{
	{"Ping", "msg-ping", 0},
	{"Find", "msg-find-want", 0},
	{"FindReply", "msg-find-want", 1},
	{"GetSelect", "msg-get-select-id-hit", 0},
	{"GetSelectReply", "msg-get-select-id-hit", 1},
	{"GetReply", "msg-get-where-id-plain", 1},
	{"PutPlain", "msg-put-plain", 0},
	{"ValueData", "msg-put-3000-bytes-fragmented", 1},
}

func BenchmarkUnmarshal(b *testing.B) {
	for _, c := range benchmarked {
		b.Run(c.name, func(b *testing.B) {
			var rec recorded
			readVector(b, c.file+".json", &rec)
			datagram := unhex(b, rec.Messages[c.index].Payload)
			var m wire.Message
			b.ReportAllocs()
			for b.Loop() {
				if err := m.Unmarshal(datagram); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, c := range benchmarked {
		b.Run(c.name, func(b *testing.B) {
			var rec recorded
			readVector(b, c.file+".json", &rec)
			m, err := wire.Parse(unhex(b, rec.Messages[c.index].Payload))
			if err != nil {
				b.Fatal(err)
			}
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				buf = m.Append(buf[:0])
			}
		})
	}
}

func TestUsualMessagesAreReadAndWrittenWithoutAllocating(t *testing.T) {
	for _, c := range benchmarked {
		var rec recorded
		readVector(t, c.file+".json", &rec)
		datagram := unhex(t, rec.Messages[c.index].Payload)
		var m wire.Message
		var buf []byte
		n := testing.AllocsPerRun(100, func() {
			if err := m.Unmarshal(datagram); err != nil {
				t.Fatal(err)
			}
			buf = m.Append(buf[:0])
		})
		if n > 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}
