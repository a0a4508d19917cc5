// SPDX-License-Identifier: GPL-3.0-or-later

package storage_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"bellwire/dht/storage"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

func listener(addr string, sid uint32, where ...wire.Condition) storage.Listener {
	return storage.Listener{
		Node:  wire.NodeInfo{ID: wire.KeyOf([]byte(addr)), Addr: netip.MustParseAddrPort(addr)},
		SID:   sid,
		Query: value.Query{Where: where},
	}
}

// told lists the notices of results as "change id for sid".
func told(results ...storage.Result) (all []string) {
	names := []string{"unchanged", "added", "edited", "refreshed", "expired"}
	for _, r := range results {
		for _, n := range r.Notices {
			all = append(all, fmt.Sprintf("%s %d for %d", names[n.Change], n.Entry.Value.ID, n.To.SID))
		}
	}
	return all
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: listeners are told %q, want %q", what, got, want)
	}
}

func TestListenersAreToldOfEveryChange(t *testing.T) {
	s := storage.New(storage.Config{})
	commit := func(now time.Time, v *value.Value) []storage.Result {
		return s.Commit(now, storage.Put{Key: key, Value: v, From: alice})
	}
	for sid, where := range [][]wire.Condition{{}, {wire.WhereID(7)}, {wire.WhereType(3)}} {
		if added, err := s.Listen(start, key, listener("192.0.2.9:4222", uint32(sid), where...)); !added || err != nil {
			t.Fatalf("listen: %v, %v", added, err)
		}
	}
	if _, err := s.Listen(start, wire.KeyOf([]byte("other")), listener("192.0.2.9:4222", 9)); err != nil {
		t.Fatal(err)
	}
	expect(t, "new", told(commit(start, signed(t, 0, 7, 1, "a"))...), "added 7 for 0", "added 7 for 1")
	expect(t, "edited", told(commit(start, signed(t, 0, 7, 2, "b"))...), "edited 7 for 0", "edited 7 for 1")
	expect(t, "refused", told(commit(start, signed(t, 0, 7, 1, "a"))...))
	expect(t, "repeated", told(commit(start, signed(t, 0, 7, 2, "b"))...), "refreshed 7 for 0", "refreshed 7 for 1")
	expect(t, "other type", told(commit(start, &value.Value{ID: 8, Type: 3})...), "added 8 for 0", "added 8 for 2")
	r, err := s.Refresh(start, key, 8)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "refreshed", told(r), "refreshed 8 for 0", "refreshed 8 for 2")
	results, _ := s.Tick(start.Add(5 * time.Minute))
	expect(t, "expired", told(results...), "expired 8 for 0", "expired 8 for 2")
}

func TestRegistrationsLastTenMinutes(t *testing.T) {
	s := storage.New(storage.Config{})
	l := listener("192.0.2.9:4222", 5)
	if added, _ := s.Listen(start, key, l); !added {
		t.Error("a new listener is not new")
	}
	if added, _ := s.Listen(start.Add(9*time.Minute), key, l); added {
		t.Error("a renewed listener is new")
	}
	late := start.Add(18 * time.Minute)
	s.Tick(late)
	expect(t, "renewed", told(s.Commit(late, storage.Put{Key: key, Value: plain(7, "a"), From: alice})...), "added 7 for 5")
	over := start.Add(19 * time.Minute)
	expect(t, "over", told(s.Commit(over, storage.Put{Key: key, Value: plain(8, "a"), From: alice})...))
	s.Tick(over)
	if n := s.Stats().Listeners; n != 0 {
		t.Errorf("%d listeners are left", n)
	}
}

func TestRegistrationsAreBounded(t *testing.T) {
	s := storage.New(storage.Config{Listeners: 400, ListenersPerKey: 40})
	perKey, perSite := 0, 0
	for i := range 100 {
		if added, _ := s.Listen(start, key, listener("192.0.2.9:4222", uint32(i))); added {
			perKey++
		}
	}
	for i := range 1000 {
		k := wire.KeyOf(fmt.Append(nil, i))
		if added, _ := s.Listen(start, k, listener(fmt.Sprintf("192.0.2.9:%d", 1000+i), 1)); added {
			perSite++
		}
	}
	if perKey != 10 || perSite != 90 {
		t.Errorf("one address has %d registrations for one key and %d for others", perKey, perSite)
	}
	for i := range 300 {
		_, _ = s.Listen(start, key, listener(fmt.Sprintf("198.51.%d.1:4222", i%200), uint32(i)))
	}
	for i := range 1000 {
		_, _ = s.Listen(start, wire.KeyOf(fmt.Append(nil, i)), listener(fmt.Sprintf("198.51.%d.%d:4222", i%200, 1+i/200), 1))
	}
	if n := s.Stats().Listeners; n != 400 {
		t.Errorf("%d registrations in all", n)
	}
	long := listener("203.0.113.1:4222", 1, wire.WhereUserType(string(make([]byte, 10_000))))
	if _, err := storage.New(storage.Config{}).Listen(start, key, long); err == nil {
		t.Error("a filter of 10,000 bytes is kept")
	}
}
