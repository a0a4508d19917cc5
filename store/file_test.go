// SPDX-License-Identifier: GPL-3.0-or-later

package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bellwire/store"
)

func TestFileKeepsItsContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	big := bytes.Repeat([]byte("big"), 100_000)
	check(t, store.Put(s, "b", "small", []byte("1")))
	check(t, store.Put(s, "b", "big", big))
	check(t, s.Close())
	check(t, os.Chmod(path, 0o644)) // as a copy may be
	s = open(t, path)
	if got, err := store.Get(s, "b", "big"); err != nil || !bytes.Equal(got, big) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("the folder has %v", entries)
	}
}

func TestOpenTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	open(t, path)
	_, err := store.Open(path)
	oneSentence(t, err, store.ErrInUse, path)
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := store.Open(filepath.Join(dir, "missing", "store.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
	if _, err := store.Open(dir); err == nil || errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a folder: %v", err)
	}
	for name, content := range map[string][]byte{
		"empty":   {},
		"text":    []byte("this is no store\n"),
		"zeros":   make([]byte, 64<<10),
		"garbage": bytes.Repeat([]byte{0xed, 0xda, 0x0c, 0xed}, 16<<10),
	} {
		path := filepath.Join(dir, name)
		check(t, os.WriteFile(path, content, 0o600))
		_, err := store.Open(path)
		oneSentence(t, err, store.ErrCorrupt, path)
		if kept, _ := os.ReadFile(path); !bytes.Equal(kept, content) {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

// TestDamage flips, overwrites and cuts a store in many places. It opens with all values right, or
// there is one clear sentence, and never a crash, a hang or a wrong value.
func TestDamage(t *testing.T) {
	whole, want := sample(t)
	random := rand.New(rand.NewPCG(1, 2))
	path := filepath.Join(t.TempDir(), "store.db")
	opened, refused := 0, 0
	for i := range 400 {
		data := damage(random, bytes.Clone(whole))
		check(t, os.WriteFile(path, data, 0o600))
		s, err := store.Open(path)
		if err != nil {
			oneSentence(t, err, store.ErrCorrupt, path)
			refused++
			continue
		}
		opened++
		use(t, s, i, want)
		if err := s.Close(); err != nil && !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("damage %d: close: %v", i, err)
		}
	}
	t.Logf("%d damaged files opened, %d refused", opened, refused)
	if refused < 50 || opened < 50 {
		t.Error("the damage does not reach both outcomes")
	}
}

// TestDamageWhileOpen overwrites the file under the feet of an open store.
func TestDamageWhileOpen(t *testing.T) {
	whole, want := sample(t)
	path := filepath.Join(t.TempDir(), "store.db")
	for name, harm := range map[string]func() error{
		"cut to nothing": func() error { return os.Truncate(path, 0) },
		"cut":            func() error { return os.Truncate(path, 8192) },
		"overwritten": func() error {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt(bytes.Repeat([]byte{0xff}, len(whole)-8192), 8192)
			return errors.Join(err, f.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, os.WriteFile(path, whole, 0o600))
			s, err := store.Open(path)
			check(t, err)
			check(t, harm())
			use(t, s, 0, want)
			_, err = store.Get(s, "many", "key 0000")
			oneSentence(t, err, store.ErrCorrupt, path)
			_ = s.Close()
			again, err := store.Open(path)
			if err == nil {
				_ = again.Close()
			}
			oneSentence(t, err, store.ErrCorrupt, path)
		})
	}
}

// sample returns the bytes of a store with pages of every kind, and its values.
func sample(t testing.TB) ([]byte, map[string][]byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := store.Open(path)
	check(t, err)
	want := make(map[string][]byte)
	put := func(bucket, key string, value []byte) {
		check(t, store.Put(s, bucket, key, value))
		want[bucket+"/"+key] = value
	}
	put("inline", "one", []byte("small"))
	put("big", "overflow", bytes.Repeat([]byte("0123456789"), 3000))
	check(t, s.Update(func(tx store.Tx) error {
		for i := range 400 {
			key, value := fmt.Sprintf("key %04d", i), bytes.Repeat([]byte{byte(i)}, 40+i%100)
			want["many/"+key] = value
			check(t, tx.Put("many", key, value))
		}
		return nil
	}))
	check(t, store.Put(s, "many", "gone", nil))
	check(t, store.Delete(s, "many", "gone"))
	check(t, s.Close())
	data, err := os.ReadFile(path)
	check(t, err)
	return data, want
}

func damage(random *rand.Rand, data []byte) []byte {
	at := random.IntN(len(data))
	if random.IntN(2) == 0 { // the heads of pages are where it hurts
		at = at/4096*4096 + random.IntN(80)
	}
	switch random.IntN(5) {
	case 0:
		data[at] ^= 1 << random.IntN(8)
	case 1:
		data[at] = byte(random.Uint32())
	case 2:
		for i := at; i < min(len(data), at+1+random.IntN(512)); i++ {
			data[i] = byte(random.Uint32())
		}
	case 3: // a page in the place of another
		from := random.IntN(len(data)/4096) * 4096
		copy(data[at/4096*4096:], bytes.Clone(data[from:from+4096]))
	case 4:
		data = data[:at]
	}
	return data
}

// use reads and writes all over a store that may be damaged.
func use(t testing.TB, s store.Store, i int, want map[string][]byte) {
	t.Helper()
	for name, value := range want {
		bucket, key, _ := strings.Cut(name, "/")
		got, err := store.Get(s, bucket, key)
		switch {
		case err == nil && !bytes.Equal(got, value):
			t.Errorf("damage %d: %s has a wrong value", i, name)
		case err != nil && !errors.Is(err, store.ErrCorrupt) && !errors.Is(err, store.ErrNotFound):
			t.Errorf("damage %d: %s: %v", i, name, err)
		}
	}
	for _, bucket := range []string{"inline", "big", "many"} {
		err := s.Update(func(tx store.Tx) error {
			return tx.ForEachDown(bucket, "", func(key string, _ []byte) error { return tx.Delete(bucket, key) })
		})
		if err != nil && !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("damage %d: delete all: %v", i, err)
		}
		if err := store.Put(s, bucket, "new", []byte("value")); err != nil && !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("damage %d: put: %v", i, err)
		}
	}
}

func oneSentence(t testing.TB, err, want error, path string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want one that wraps %v", err, want)
	}
	if text := err.Error(); strings.Contains(text, "\n") || !strings.Contains(text, path) || len(text) > 300+len(path) {
		t.Errorf("not one sentence that names the file: %q", text)
	}
}
