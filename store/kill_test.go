// SPDX-License-Identifier: GPL-3.0-or-later

package store_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"bellwire/store"
)

// childStore makes the test binary a process that writes to that store until it is killed.
const childStore = "BELLWIRE_TEST_STORE"

// TestKills kills a process that updates a store, also while it makes the file. Afterwards the store
// opens, every update is there whole or not at all, and none that returned is lost.
func TestKills(t *testing.T) {
	kills := 60
	if testing.Short() {
		kills = 10
	}
	dir, path, last := t.TempDir(), "", uint64(0)
	for i := range kills {
		if i%6 == 0 {
			path, last = filepath.Join(dir, fmt.Sprintf("store-%d.db", i)), 0
		}
		last = max(last, killOne(t, path))
		s, err := store.Open(path)
		if err != nil {
			t.Fatalf("after kill %d: %v", i, err)
		}
		got := checkCount(t, s)
		if got < last || got > last+1 {
			t.Errorf("after kill %d: update %d is the last one, %d were confirmed", i, got, last)
		}
		last = got
		check(t, s.Close())
	}
}

// killOne kills a child after some updates and returns the number of the last it confirmed.
func killOne(t *testing.T, path string) (acknowledged uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.count=1")
	cmd.Env = append(os.Environ(), childStore+"="+path)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for range rand.IntN(12) {
		if !lines.Scan() {
			break
		}
	}
	time.Sleep(time.Duration(rand.IntN(4000)) * time.Microsecond) // not to wait for something: to hit anywhere
	_ = cmd.Process.Kill()
	last := lines.Text()
	for lines.Scan() {
		last = lines.Text()
	}
	_ = cmd.Wait()
	if last == "" {
		return 0
	}
	acknowledged, err = strconv.ParseUint(last, 10, 64)
	if err != nil {
		t.Errorf("the child said %q", last)
	}
	return acknowledged
}

// checkCount returns the number of the last update, after checking that all it wrote is there.
func checkCount(t *testing.T, s store.Store) (count uint64) {
	t.Helper()
	check(t, s.View(func(tx store.Tx) error {
		number, err := tx.Get("numbers", "last")
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		count = binary.BigEndian.Uint64(number)
		big, err := tx.Get("big", "last")
		if err != nil || !bytes.Equal(big, bytes.Repeat(number, 2000)) {
			t.Errorf("update %d is not whole: %d bytes, %v", count, len(big), err)
		}
		return nil
	}))
	return count
}

// TestChild is not a test: it is what the child does until it is killed. It prints the number of each
// update that returned.
func TestChild(t *testing.T) {
	path := os.Getenv(childStore)
	if path == "" {
		return // it runs in a child of TestKills only
	}
	s, err := store.Open(path)
	check(t, err)
	for n := checkCount(t, s) + 1; ; n++ {
		check(t, s.Update(func(tx store.Tx) error {
			number := binary.BigEndian.AppendUint64(nil, n)
			return errors.Join(
				tx.Put("numbers", "last", number),
				tx.Put("numbers", fmt.Sprintf("%03d", n%200), number),
				tx.Put("big", "last", bytes.Repeat(number, 2000)),
			)
		}))
		fmt.Println(n)
	}
}
