// SPDX-License-Identifier: GPL-3.0-or-later

package value_test

import (
	"testing"

	"bellwire/dht/value"
	"bellwire/internal/testid"
)

func BenchmarkParse(b *testing.B) {
	plain := (&value.Value{ID: 7, Data: make([]byte, 100)}).Append(nil)
	signed, err := value.Sign(&value.Value{ID: 7, Data: make([]byte, 100)}, testid.Device(b, "alice").Key)
	if err != nil {
		b.Fatal(err)
	}
	for name, packed := range map[string][]byte{"plain": plain, "signed4096": signed.Append(nil)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := value.Parse(packed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("verify4096", func(b *testing.B) {
		for b.Loop() {
			if err := value.Verify(signed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
