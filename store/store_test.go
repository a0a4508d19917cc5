// SPDX-License-Identifier: GPL-3.0-or-later

package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bellwire/store"
)

// both runs a test on a file and on its twin in memory.
func both(t *testing.T, test func(t *testing.T, s store.Store)) {
	t.Run("file", func(t *testing.T) { test(t, open(t, filepath.Join(t.TempDir(), "store.db"))) })
	t.Run("memory", func(t *testing.T) { test(t, store.Memory()) })
}

func open(t testing.TB, path string) store.Store {
	t.Helper()
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestGetPutDelete(t *testing.T) {
	both(t, func(t *testing.T, s store.Store) {
		if _, err := store.Get(s, "contacts", "bob"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a value never put: %v", err)
		}
		value := []byte("v1")
		check(t, store.Put(s, "contacts", "bob", value))
		value[0] = 'X'
		got, err := store.Get(s, "contacts", "bob")
		if err != nil || string(got) != "v1" {
			t.Errorf("%q, %v", got, err)
		}
		got[0] = 'Y'
		if again, _ := store.Get(s, "contacts", "bob"); string(again) != "v1" {
			t.Errorf("changing a value got changed the store: %q", again)
		}
		check(t, store.Put(s, "contacts", "bob", nil))
		if got, err := store.Get(s, "contacts", "bob"); err != nil || len(got) != 0 {
			t.Errorf("an empty value: %q, %v", got, err)
		}
		if _, err := store.Get(s, "history", "bob"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another bucket: %v", err)
		}
		check(t, store.Delete(s, "contacts", "bob"))
		check(t, store.Delete(s, "contacts", "bob"))
		check(t, store.Delete(s, "none", "bob"))
		if _, err := store.Get(s, "contacts", "bob"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a value deleted: %v", err)
		}
	})
}

func TestUpdateIsAtomic(t *testing.T) {
	refused := errors.New("refused")
	both(t, func(t *testing.T, s store.Store) {
		check(t, store.Put(s, "b", "old", []byte("1")))
		err := s.Update(func(tx store.Tx) error {
			check(t, tx.Put("b", "new", []byte("2")))
			check(t, tx.Put("fresh", "new", []byte("2")))
			check(t, tx.Delete("b", "old"))
			if got, err := tx.Get("b", "new"); err != nil || string(got) != "2" {
				t.Errorf("its own change: %q, %v", got, err)
			}
			if _, err := tx.Get("b", "old"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("its own deletion: %v", err)
			}
			return refused
		})
		if !errors.Is(err, refused) {
			t.Errorf("error %v", err)
		}
		if got := content(t, s, "b"); got != "old=1 " {
			t.Errorf("after a refused update: %s", got)
		}
		func() {
			defer func() { _ = recover() }()
			_ = s.Update(func(tx store.Tx) error {
				check(t, tx.Put("b", "new", []byte("2")))
				panic("a mistake of the caller")
			})
		}()
		check(t, store.Put(s, "b", "later", []byte("3")))
		if got := content(t, s, "b"); got != "later=3 old=1 " {
			t.Errorf("after a panic: %s", got)
		}
	})
}

func TestViewDoesNotWrite(t *testing.T) {
	both(t, func(t *testing.T, s store.Store) {
		check(t, s.View(func(tx store.Tx) error {
			if err := tx.Put("b", "k", nil); !errors.Is(err, store.ErrReadOnly) {
				t.Errorf("put: %v", err)
			}
			if err := tx.Delete("b", "k"); !errors.Is(err, store.ErrReadOnly) {
				t.Errorf("delete: %v", err)
			}
			return nil
		}))
	})
}

func TestForEach(t *testing.T) {
	stop := errors.New("stop")
	both(t, func(t *testing.T, s store.Store) {
		check(t, store.ForEach(s, "none", func(string, []byte) error { return stop }))
		for _, key := range []string{"b", "a/2", "a/1", "c", "a", "a/\xff", "b\x00"} {
			check(t, store.Put(s, "b", key, []byte("v")))
		}
		for _, tc := range []struct{ prefix, up, down string }{
			{"", "a|a/1|a/2|a/\xff|b|b\x00|c", "c|b\x00|b|a/\xff|a/2|a/1|a"},
			{"a/", "a/1|a/2|a/\xff", "a/\xff|a/2|a/1"},
			{"a/\xff", "a/\xff", "a/\xff"},
			{"\xff", "", ""},
			{"c", "c", "c"},
			{"d", "", ""},
		} {
			check(t, s.View(func(tx store.Tx) error {
				if got := keys(t, tx.ForEach, tc.prefix); got != tc.up {
					t.Errorf("up from %q: %q, want %q", tc.prefix, got, tc.up)
				}
				if got := keys(t, tx.ForEachDown, tc.prefix); got != tc.down {
					t.Errorf("down from %q: %q, want %q", tc.prefix, got, tc.down)
				}
				return nil
			}))
		}
		seen := 0
		err := store.ForEach(s, "b", func(string, []byte) error { seen++; return stop })
		if !errors.Is(err, stop) || seen != 1 {
			t.Errorf("stopped after %d: %v", seen, err)
		}
	})
}

func TestForEachMayChange(t *testing.T) {
	both(t, func(t *testing.T, s store.Store) {
		for i := range 100 {
			check(t, store.Put(s, "b", fmt.Sprintf("%03d", i), []byte("x")))
		}
		check(t, s.Update(func(tx store.Tx) error {
			seen := 0
			err := tx.ForEach("b", "", func(key string, _ []byte) error {
				seen++
				if key == "050" {
					check(t, tx.Put("b", "0505", nil))
					check(t, tx.Put("b", "0495", nil))
					check(t, tx.Delete("b", "060"))
				}
				return tx.Delete("b", key)
			})
			if seen != 99 { // one was deleted ahead of the walk
				t.Errorf("%d keys seen", seen)
			}
			return err
		}))
		if got := content(t, s, "b"); got != "0495= 0505= " {
			t.Errorf("left: %s", got)
		}
	})
}

func TestLimits(t *testing.T) {
	both(t, func(t *testing.T, s store.Store) {
		long := strings.Repeat("k", store.MaxKey)
		check(t, store.Put(s, strings.Repeat("b", store.MaxBucketName), long, make([]byte, 1<<20)))
		for name, err := range map[string]error{
			"empty key":    store.Put(s, "b", "", nil),
			"empty bucket": store.Put(s, "", "k", nil),
			"long key":     store.Put(s, "b", long+"k", nil),
			"long bucket":  store.Put(s, strings.Repeat("b", store.MaxBucketName+1), "k", nil),
			"long value":   store.Put(s, "b", "k", make([]byte, store.MaxValue+1)),
			"delete":       store.Delete(s, "b", ""),
			"walk":         store.ForEach(s, "", nil),
		} {
			if !errors.Is(err, store.ErrLimit) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestClosed(t *testing.T) {
	both(t, func(t *testing.T, s store.Store) {
		check(t, s.Close())
		check(t, s.Close())
		if _, err := store.Get(s, "b", "k"); !errors.Is(err, store.ErrClosed) {
			t.Errorf("get: %v", err)
		}
		if err := store.Put(s, "b", "k", nil); !errors.Is(err, store.ErrClosed) {
			t.Errorf("put: %v", err)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	both(t, func(t *testing.T, s store.Store) {
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				for j := range 20 {
					err := s.Update(func(tx store.Tx) error {
						n, err := tx.Get("b", "count")
						if err != nil && !errors.Is(err, store.ErrNotFound) {
							return err
						}
						return tx.Put("b", "count", append(n, byte(i), byte(j)))
					})
					if err != nil {
						t.Error(err)
					}
					if _, err := store.Get(s, "b", "count"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if got, _ := store.Get(s, "b", "count"); len(got) != 160 {
			t.Errorf("%d of 160 bytes: updates were lost", len(got))
		}
	})
}

func keys(t *testing.T, walk func(bucket, prefix string, fn func(string, []byte) error) error, prefix string) string {
	t.Helper()
	var all []string
	check(t, walk("b", prefix, func(key string, value []byte) error {
		if !bytes.Equal(value, []byte("v")) {
			t.Errorf("%q has the value %q", key, value)
		}
		all = append(all, key)
		return nil
	}))
	return strings.Join(all, "|")
}

func content(t *testing.T, s store.Store, bucket string) string {
	t.Helper()
	var out strings.Builder
	check(t, store.ForEach(s, bucket, func(key string, value []byte) error {
		fmt.Fprintf(&out, "%s=%s ", key, value)
		return nil
	}))
	return out.String()
}
