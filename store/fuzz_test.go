// SPDX-License-Identifier: GPL-3.0-or-later

package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bellwire/store"
)

// FuzzOpen opens and uses any file. bbolt itself would crash or hang on many.
func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "seed")
	s, err := store.Open(path)
	check(f, err)
	check(f, store.Put(s, "inline", "key", []byte("value")))
	check(f, s.Update(func(tx store.Tx) error {
		for i := range 200 {
			check(f, tx.Put("many", string(rune('A'+i)), make([]byte, 60)))
		}
		return nil
	}))
	check(f, s.Close())
	seed, err := os.ReadFile(path)
	check(f, err)
	f.Add(seed)
	f.Add([]byte{})
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := os.CreateTemp(dir, "store-*")
		check(t, err)
		defer func() { _ = os.Remove(file.Name()) }()
		_, err = file.Write(data)
		check(t, errors.Join(err, file.Close()))
		s, err := store.Open(file.Name())
		if err != nil {
			if !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("open: %v", err)
			}
			return
		}
		use(t, s, 0, map[string][]byte{})
		_ = s.Close()
	})
}
