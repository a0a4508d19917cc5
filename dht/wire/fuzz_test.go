// SPDX-License-Identifier: GPL-3.0-or-later

package wire_test

import (
	"testing"
	"time"

	"bellwire/dht/wire"
)

// FuzzParse checks that whatever is read can be written and read again to the same bytes.
func FuzzParse(f *testing.F) {
	exchanges(f, func(_ string, _ uint32, datagrams [][]byte) {
		for _, d := range datagrams {
			f.Add(d)
		}
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := wire.Parse(b)
		if err != nil {
			return
		}
		for n := range m.Nodes() {
			if wire.Martian(n.Addr) || n.ID.IsZero() {
				t.Fatalf("the node %v is yielded", n)
			}
		}
		for _, row := range m.Rows {
			m.Query.Match(row)
		}
		for d := range m.Datagrams(nil) {
			again, err := wire.Parse(d)
			if err != nil {
				t.Fatalf("%x is written as %x: %v", b, d, err)
			}
			if second := again.Append(nil); string(second) != string(d) {
				t.Fatalf("written as\n%x, then as\n%x", d, second)
			}
		}
	})
}

// FuzzParseQuery checks that queries are written as they were read.
func FuzzParseQuery(f *testing.F) {
	var rec map[string]string
	readVector(f, "query.json", &rec)
	for name, text := range rec {
		if name != "description" && name != "source" && name != "note" {
			f.Add(unhex(f, text))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		q, err := wire.ParseQuery(b)
		if err != nil {
			return
		}
		packed := q.Append(nil)
		if again, err := wire.ParseQuery(packed); err != nil || string(again.Append(nil)) != string(packed) {
			t.Fatalf("%x is written as %x: %v", b, packed, err)
		}
	})
}

// FuzzAssembler cuts its input into datagrams of two senders and checks that completed messages hold
// what their headers announced.
func FuzzAssembler(f *testing.F) {
	for _, values := range [][][]byte{{packed(700)}, {packed(3000), packed(20)}} {
		var all []byte
		for _, d := range series(1, values...) {
			all = append(all, byte(len(d)>>8), byte(len(d)))
			all = append(all, d...)
		}
		f.Add(all)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a := wire.NewAssembler(wire.AssemblerLimits{Series: 8, Bytes: 64 << 10})
		now := start
		for len(b) > 2 {
			n := min(int(b[0]&0x7f)<<8|int(b[1]), len(b)-2)
			from := sender
			if b[0]&0x80 != 0 {
				from = otherSender
			}
			datagram := b[2 : 2+n]
			b = b[2+n:]
			now = now.Add(100 * time.Millisecond)
			a.Tick(now)
			m, err := wire.Parse(datagram)
			if err != nil {
				continue
			}
			var whole *wire.Message
			if m.Kind == wire.ValueData {
				whole = a.Parts(now, from, &m)
			} else if len(m.Sizes) > 0 {
				whole = a.Header(now, from, &m)
			}
			if whole != nil && len(whole.Sizes) > 0 {
				t.Fatal("a completed message has sizes")
			}
		}
		if next := a.Tick(now.Add(time.Minute)); !next.IsZero() {
			t.Fatal("something is left after a minute")
		}
	})
}
