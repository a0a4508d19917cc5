// SPDX-License-Identifier: GPL-3.0-or-later

package storage_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"bellwire/dht/storage"
	"bellwire/dht/value"
	"bellwire/dht/wire"

	"pgregory.net/rapid"
)

func TestTheHeaviestAddressGivesWay(t *testing.T) {
	s := storage.New(storage.Config{Bytes: 100_000})
	put(s, start, plain(1, "bob's"), bob)
	for i := range uint64(1000) {
		put(s, start.Add(time.Duration(i)*time.Millisecond), plain(10+i, fmt.Sprintf("%0*d", 500, i)), alice)
	}
	now := start.Add(time.Second)
	if st := s.Stats(); st.Bytes > 100_000 || st.Bytes < 90_000 {
		t.Errorf("%d bytes are stored", st.Bytes)
	}
	if _, ok := s.Find(now, key, 1); !ok {
		t.Error("the value of another address had to go")
	}
	if _, ok := s.Find(now, key, 1009); !ok {
		t.Error("the value that expires last had to go")
	}
	if _, ok := s.Find(now, key, 10); ok {
		t.Error("the value that expires first is still there")
	}
}

func TestHostsOfOneIPv6NetworkShareAnAccount(t *testing.T) {
	s := storage.New(storage.Config{Bytes: 20_000})
	put(s, start, plain(1, "bob's"), bob)
	put(s, start, plain(2, "bob's"), bob)
	for i := range uint64(1000) {
		from := netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i))
		put(s, start, plain(10+i, "flood"), from)
	}
	for id := range uint64(2) {
		if _, ok := s.Find(start, key, 1+id); !ok {
			t.Errorf("value %d had to go", 1+id)
		}
	}
}

func TestValuesPerKeyAreBounded(t *testing.T) {
	s := storage.New(storage.Config{ValuesPerKey: 40})
	for i := range uint64(100) {
		put(s, start, plain(1+i, "a"), alice)
	}
	if n := len(texts(s, start)); n != 40 {
		t.Errorf("%d values under one key", n)
	}
	if put(s, start, plain(3, "a"), alice) != storage.Refreshed {
		t.Error("a value in a full key cannot be refreshed")
	}
}

func TestAFloodOfExpiriesIsSpread(t *testing.T) {
	s := storage.New(storage.Config{})
	const n = 3000
	for i := range uint64(n) {
		put(s, start, plain(1+i, "a"), alice)
	}
	end := start.Add(10 * time.Minute)
	ticks, gone := 0, 0
	for {
		results, next := s.Tick(end)
		gone += len(results)
		ticks++
		if len(results) > n/2 {
			t.Errorf("one tick dropped %d values", len(results))
		}
		if next.IsZero() {
			break
		}
		if next.After(end) {
			t.Fatalf("the next tick is wanted %v late", next.Sub(end))
		}
	}
	if gone != n || ticks < 3 {
		t.Errorf("%d values went in %d ticks", gone, ticks)
	}
}

// TestTheBooksBalance runs random operations: the limit always holds, the figures are those of the values
// that are there, and equal runs have equal results.
func TestTheBooksBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(2000, 20_000).Draw(t, "limit")
		first, second := storage.New(storage.Config{Bytes: limit}), storage.New(storage.Config{Bytes: limit})
		now := start
		both := func(f func(*storage.Store) any) {
			if a, b := f(first), f(second); !reflect.DeepEqual(a, b) {
				t.Fatalf("equal runs differ: %v and %v", a, b)
			}
		}
		keys := []wire.Hash{wire.KeyOf([]byte("a")), wire.KeyOf([]byte("b"))}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				p := storage.Put{
					Key: rapid.SampledFrom(keys).Draw(t, "key"),
					Value: &value.Value{
						ID:   rapid.Uint64Range(0, 40).Draw(t, "id"),
						Type: rapid.SampledFrom([]value.Type{0, 3, 5, 77}).Draw(t, "type"),
						Data: make([]byte, rapid.IntRange(0, 2000).Draw(t, "size")),
					},
					From:    netip.AddrFrom4([4]byte{192, 0, 2, byte(rapid.IntRange(1, 3).Draw(t, "from"))}),
					Created: now.Add(-time.Duration(rapid.IntRange(0, 700).Draw(t, "age")) * time.Second),
				}
				both(func(s *storage.Store) any { return s.Commit(now, p) })
			},
			"publish": func(t *rapid.T) {
				k := rapid.SampledFrom(keys).Draw(t, "key")
				v := plain(rapid.Uint64Range(1, 40).Draw(t, "id"), "mine")
				permanent := rapid.Bool().Draw(t, "permanent")
				both(func(s *storage.Store) any {
					results, err := s.Publish(now, k, v, time.Time{}, permanent)
					return [2]any{results, err}
				})
			},
			"refresh": func(t *rapid.T) {
				k, id := rapid.SampledFrom(keys).Draw(t, "key"), rapid.Uint64Range(1, 40).Draw(t, "id")
				both(func(s *storage.Store) any { r, err := s.Refresh(now, k, id); return [2]any{r, err} })
			},
			"withdraw": func(t *rapid.T) {
				k, id := rapid.SampledFrom(keys).Draw(t, "key"), rapid.Uint64Range(1, 40).Draw(t, "id")
				both(func(s *storage.Store) any { s.Withdraw(now, k, id); return nil })
			},
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 400).Draw(t, "seconds")) * time.Second)
				both(func(s *storage.Store) any { r, next := s.Tick(now); return [2]any{r, next} })
			},
			"": func(t *rapid.T) {
				st := first.Stats()
				seen := 0
				for _, k := range keys {
					for range first.Get(now, k, value.Query{}) {
						seen++
					}
				}
				if st.Values != seen || st.Bytes > limit || st.Bytes < 0 || st.LocalBytes < 0 {
					t.Fatalf("%d values are there, the figures are %+v, the limit is %d", seen, st, limit)
				}
				if st.Values == 0 && (st.Bytes != 0 || st.LocalBytes != 0 || st.Keys != 0) {
					t.Fatalf("nothing is stored, but the figures are %+v", st)
				}
			},
		})
	})
}
