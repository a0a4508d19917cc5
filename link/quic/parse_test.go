// SPDX-License-Identifier: GPL-3.0-or-later

package quic

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func FuzzReadHeader(f *testing.F) {
	f.Add([]byte("\x03sip"))
	f.Add([]byte("\x00"))
	f.Add([]byte("\xff short"))
	f.Fuzz(func(t *testing.T, b []byte) {
		name, err := readHeader(bytes.NewReader(b))
		if err != nil {
			return
		}
		if again := appendHeader(nil, name); !bytes.HasPrefix(b, again) {
			t.Fatalf("%q became %q", b, again)
		}
	})
}

func FuzzDeliver(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3})
	f.Add([]byte{0x80, 200, 0, 6, 0, 0, 0, 7})
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, p []byte) {
		var r routes
		if err := r.add(7, func(got []byte) {
			if !bytes.Equal(got, p) || binary.BigEndian.Uint32(got[4:]) != 7 && binary.BigEndian.Uint32(got[8:]) != 7 {
				t.Fatalf("the packet %x was delivered", got)
			}
		}); err != nil {
			t.Fatal(err)
		}
		if len(p) > 0 && isMedia(p[0]) {
			r.deliver(p)
		}
	})
}
