// SPDX-License-Identifier: GPL-3.0-or-later

package storage_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"bellwire/dht/storage"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/internal/testid"
)

var (
	start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	key   = wire.KeyOf([]byte("foo"))
	alice = netip.MustParseAddr("192.0.2.1")
	bob   = netip.MustParseAddr("198.51.100.1")
)

func plain(id uint64, text string) *value.Value {
	return &value.Value{ID: id, Data: []byte(text)}
}

func signed(t testing.TB, signer int, id uint64, seq uint16, text string) *value.Value {
	t.Helper()
	v, err := value.Sign(&value.Value{ID: id, Seq: seq, Data: []byte(text)}, testid.Key2048(t, signer))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// put stores a value as the engine does: verified in between where that is asked for.
func put(s *storage.Store, now time.Time, v *value.Value, from netip.Addr) storage.Change {
	p := storage.Put{Key: key, Value: v, From: from}
	switch s.Admit(now, p) {
	case storage.Acceptable:
	case storage.NeedsVerification:
		if value.Verify(v) != nil {
			return storage.Unchanged
		}
	default:
		return storage.Unchanged
	}
	for _, r := range s.Commit(now, p) {
		if r.Entry.Value.ID == v.ID && r.Change != storage.Expired {
			return r.Change
		}
	}
	return storage.Unchanged
}

// texts returns the data of the values under key.
func texts(s *storage.Store, now time.Time) (all []string) {
	for e := range s.Get(now, key, value.Query{}) {
		all = append(all, string(e.Value.Data))
	}
	return all
}

func TestAcceptance(t *testing.T) {
	forged := signed(t, 0, 7, 1, "by alice")
	forged.Data = []byte("forged")
	unknownType := *forged
	unknownType.Type = 77
	encrypted := &value.Value{ID: 7, Cypher: []byte("secret")}
	long := plain(7, string(make([]byte, value.MaxSize+1)))
	longest := plain(7, string(make([]byte, value.MaxSize)))
	for _, c := range []struct {
		name string
		had  []*value.Value
		v    *value.Value
		want storage.Change
	}{
		{"a plain value", nil, plain(7, "a"), storage.Added},
		{"a value of the longest size", nil, longest, storage.Added},
		{"a value that is too long", nil, long, storage.Unchanged},
		{"no value id", nil, plain(0, "a"), storage.Unchanged},
		{"a signed value", nil, signed(t, 0, 7, 1, "a"), storage.Added},
		{"a wrong signature", nil, forged, storage.Unchanged},
		{"a wrong signature of an unregistered type", nil, &unknownType, storage.Added},
		{"an encrypted value", nil, encrypted, storage.Added},

		{"the same plain value", []*value.Value{plain(7, "a")}, plain(7, "a"), storage.Refreshed},
		{"another plain value", []*value.Value{plain(7, "a")}, plain(7, "b"), storage.Unchanged},
		{"a signed value over a plain one", []*value.Value{plain(7, "a")}, signed(t, 0, 7, 9, "b"), storage.Unchanged},
		{"a plain value over a signed one", []*value.Value{signed(t, 0, 7, 1, "a")}, plain(7, "b"), storage.Unchanged},
		{"an encrypted value over a signed one", []*value.Value{signed(t, 0, 7, 1, "a")}, encrypted, storage.Unchanged},
		{"the same cypher", []*value.Value{encrypted}, encrypted, storage.Refreshed},
		{"another cypher", []*value.Value{encrypted}, &value.Value{ID: 7, Cypher: []byte("other")}, storage.Unchanged},
		{"a higher version", []*value.Value{signed(t, 0, 7, 1, "a")}, signed(t, 0, 7, 2, "b"), storage.Edited},
		{"the same version, other text", []*value.Value{signed(t, 0, 7, 1, "a")}, signed(t, 0, 7, 1, "b"), storage.Unchanged},
		{"the same version, same text", []*value.Value{signed(t, 0, 7, 1, "a")}, signed(t, 0, 7, 1, "a"), storage.Refreshed},
		{"a lower version", []*value.Value{signed(t, 0, 7, 2, "a")}, signed(t, 0, 7, 1, "b"), storage.Unchanged},
		{"a higher version by somebody else", []*value.Value{signed(t, 0, 7, 1, "a")}, signed(t, 1, 7, 2, "b"), storage.Unchanged},
		{"an edit of an unregistered type", []*value.Value{&unknownType}, signed(t, 0, 7, 9, "b"), storage.Unchanged},
	} {
		s := storage.New(storage.Config{})
		for _, v := range c.had {
			if put(s, start, v, alice) != storage.Added {
				t.Fatalf("%s: the first value was not stored", c.name)
			}
		}
		if got := put(s, start, c.v, bob); got != c.want {
			t.Errorf("%s: change %d, want %d", c.name, got, c.want)
		}
	}
}

func TestForgedEditOfAnUnregisteredTypeIsVerified(t *testing.T) {
	s := storage.New(storage.Config{})
	put(s, start, signed(t, 0, 7, 1, "real"), alice)
	forged := signed(t, 0, 7, 1, "x")
	forged.Type, forged.Seq = 77, 2
	if got := s.Admit(start, storage.Put{Key: key, Value: forged, From: bob}); got != storage.NeedsVerification {
		t.Errorf("the verdict is %d, want verification", got)
	}
}

func TestCommitDecidesAgain(t *testing.T) {
	s := storage.New(storage.Config{})
	first, second := signed(t, 0, 7, 1, "a"), signed(t, 0, 7, 2, "b")
	older := storage.Put{Key: key, Value: first, From: alice}
	if s.Admit(start, older) != storage.NeedsVerification {
		t.Fatal("the signature is not asked for")
	}
	put(s, start, second, alice)
	if got := s.Commit(start, older); got != nil {
		t.Errorf("the older version was stored over the newer one: %v", got)
	}
}

func TestLifetimes(t *testing.T) {
	for _, c := range []struct {
		name    string
		v       *value.Value
		created time.Duration // before now
		lives   time.Duration // 0 when it is not stored
	}{
		{"user data", plain(7, "a"), 0, 10 * time.Minute},
		{"user data created earlier", plain(7, "a"), 4 * time.Minute, 6 * time.Minute},
		{"user data created in the future", plain(7, "a"), -time.Hour, 10 * time.Minute},
		{"user data whose life is over", plain(7, "a"), 10 * time.Minute, 0},
		{"an IM message", &value.Value{ID: 7, Type: value.IMMessage}, 0, 5 * time.Minute},
		{"a trust request", &value.Value{ID: 7, Type: value.TrustRequestType}, 0, 7 * 24 * time.Hour},
		{"ICE candidates", &value.Value{ID: 7, Type: value.ICECandidatesType}, 0, time.Minute},
		{"an unregistered type", &value.Value{ID: 7, Type: 77}, 0, 10 * time.Minute},
	} {
		s := storage.New(storage.Config{})
		s.Commit(start, storage.Put{Key: key, Value: c.v, From: alice, Created: start.Add(-c.created)})
		if got := s.Stats().Values == 1; got != (c.lives > 0) {
			t.Errorf("%s: stored is %v", c.name, got)
		}
		if c.lives == 0 {
			continue
		}
		end := start.Add(c.lives)
		if results, next := s.Tick(end.Add(-1)); len(results) != 0 || !next.Equal(end) {
			t.Errorf("%s: it ends at %v, want %v", c.name, next.Sub(start), c.lives)
		}
		if _, ok := s.Find(end, key, 7); ok {
			t.Errorf("%s is found after its end", c.name)
		}
		results, next := s.Tick(end)
		if len(results) != 1 || results[0].Change != storage.Expired || !next.IsZero() || s.Stats() != (storage.Stats{}) {
			t.Errorf("%s: the end gave %v, left %+v", c.name, results, s.Stats())
		}
	}
}

func TestRefreshBeginsTheLifetimeAgain(t *testing.T) {
	s := storage.New(storage.Config{})
	put(s, start, plain(7, "a"), alice)
	later := start.Add(9 * time.Minute)
	if r, err := s.Refresh(later, key, 7); err != nil || r.Change != storage.Refreshed {
		t.Fatalf("refresh: %v, %v", r, err)
	}
	if results, next := s.Tick(start.Add(18 * time.Minute)); len(results) != 0 || !next.Equal(later.Add(10*time.Minute)) {
		t.Errorf("it ends %v after the start", next.Sub(start))
	}
	for _, id := range []uint64{8, 0} {
		if _, err := s.Refresh(later, key, id); !errors.Is(err, storage.ErrNotStored) {
			t.Errorf("refresh of %d: %v", id, err)
		}
	}
	if _, err := s.Refresh(start.Add(time.Hour), key, 7); !errors.Is(err, storage.ErrNotStored) {
		t.Errorf("refresh after the end: %v", err)
	}
}

func TestIPServiceGetsTheSendersAddress(t *testing.T) {
	s := storage.New(storage.Config{})
	announce := &value.Value{ID: 7, Type: value.IPService, Data: value.AppendServiceAddr(nil, netip.MustParseAddrPort("203.0.113.9:80"))}
	if put(s, start, announce, alice) != storage.Added {
		t.Fatal("not stored")
	}
	e, _ := s.Find(start, key, 7)
	if a, err := value.ParseServiceAddr(e.Value.Data); err != nil || a != netip.AddrPortFrom(alice, 80) {
		t.Errorf("stored as %v, %v", a, err)
	}
	if got := put(s, start.Add(time.Minute), announce, alice); got != storage.Refreshed {
		t.Errorf("the same again: change %d", got)
	}
	noPort := &value.Value{ID: 8, Type: value.IPService, Data: value.AppendServiceAddr(nil, netip.MustParseAddrPort("203.0.113.9:0"))}
	if got := put(s, start, noPort, alice); got != storage.Unchanged {
		t.Errorf("port 0: change %d", got)
	}
}

func TestPublishedValues(t *testing.T) {
	s := storage.New(storage.Config{Bytes: 10_000})
	if _, err := s.Publish(start, key, plain(7, "mine"), time.Time{}, true); err != nil {
		t.Fatal(err)
	}
	for i := range uint64(100) {
		put(s, start, plain(100+i, fmt.Sprint("other ", i)), alice)
	}
	if st := s.Stats(); st.Bytes > 10_000 || st.LocalBytes == 0 {
		t.Errorf("%+v", st)
	}
	s.Tick(start.Add(365 * 24 * time.Hour))
	if got := texts(s, start.Add(365*24*time.Hour)); len(got) != 1 || got[0] != "mine" {
		t.Errorf("after a year there is %q", got)
	}
	if _, err := s.Publish(start, key, plain(7, "else"), time.Time{}, true); !errors.Is(err, storage.ErrTaken) {
		t.Errorf("an id in use: %v", err)
	}
	if _, err := s.Publish(start, key, plain(0, "else"), time.Time{}, true); !errors.Is(err, storage.ErrUnfit) {
		t.Errorf("id 0: %v", err)
	}
	unsigned := signed(t, 0, 8, 1, "a")
	unsigned.Signature = nil
	if _, err := s.Publish(start, key, unsigned, time.Time{}, true); !errors.Is(err, storage.ErrUnfit) {
		t.Errorf("owner without signature: %v", err)
	}
	end := start.Add(time.Hour)
	s.Withdraw(end, key, 7)
	if _, next := s.Tick(end); !next.Equal(end.Add(10 * time.Minute)) {
		t.Errorf("after Withdraw it ends at %v", next)
	}
}

func TestPublishAdoptsWhatOthersStoredHere(t *testing.T) {
	s := storage.New(storage.Config{})
	put(s, start, plain(7, "a"), alice)
	if _, err := s.Publish(start, key, plain(7, "a"), time.Time{}, true); err != nil {
		t.Fatal(err)
	}
	if st := s.Stats(); st.Bytes != 0 || st.LocalBytes == 0 {
		t.Errorf("%+v", st)
	}
	if results, _ := s.Tick(start.Add(time.Hour)); len(results) != 0 {
		t.Error("the value expired")
	}
}
