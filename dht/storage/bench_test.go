// SPDX-License-Identifier: GPL-3.0-or-later

package storage_test

import (
	"net/netip"
	"testing"
	"time"

	"bellwire/dht/storage"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// filled returns a store with n values under as many keys, by 200 addresses.
func filled(b *testing.B, n int) *storage.Store {
	b.Helper()
	s := storage.New(storage.Config{Bytes: 1 << 30})
	for i := range n {
		s.Commit(start.Add(time.Duration(i)*time.Microsecond), numbered(uint64(i+1)))
	}
	if s.Stats().Values != n {
		b.Fatalf("%d values are stored", s.Stats().Values)
	}
	return s
}

func numbered(i uint64) storage.Put {
	return storage.Put{
		Key:   wire.KeyOf([]byte{byte(i), byte(i >> 8), byte(i >> 16)}),
		Value: &value.Value{ID: i, Data: make([]byte, 100)},
		From:  netip.AddrFrom4([4]byte{192, 0, 2, byte(i % 200)}),
	}
}

func BenchmarkCommit(b *testing.B) {
	s := filled(b, 100_000)
	id := uint64(1 << 20)
	for b.Loop() {
		id++
		s.Commit(start, numbered(id))
	}
}

func BenchmarkTickOver100kValues(b *testing.B) {
	s := filled(b, 100_000)
	for b.Loop() {
		s.Tick(start)
	}
}
