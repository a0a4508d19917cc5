// SPDX-License-Identifier: GPL-3.0-or-later

package store

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"bellwire/internal/durable"

	"go.etcd.io/bbolt"
)

// file is a store in a bbolt file. Every call into bbolt goes through guard, because bbolt panics on,
// and memory mapping faults for, what it does not expect in the file.
type file struct {
	path string

	mu     sync.RWMutex // held for reading by transactions, for writing by Close
	closed bool
	db     *bbolt.DB
	handle *os.File // db's own, kept to release the file when db cannot be closed

	damage damage
}

// damage remembers the first sign that the file is corrupt: after it bbolt is not touched again, since
// its locks may be in any state.
type damage struct {
	mu  sync.Mutex
	err error
}

func (d *damage) note(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = err
	}
}

func (d *damage) seen() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

func (f *file) View(fn func(Tx) error) error   { return f.run(false, fn) }
func (f *file) Update(fn func(Tx) error) error { return f.run(true, fn) }

func (f *file) run(writable bool, fn func(Tx) error) (err error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.closed {
		return ErrClosed
	}
	if err := f.damage.seen(); err != nil {
		return err
	}
	var tx *bbolt.Tx
	if err := f.guard(func() (err error) {
		tx, err = f.db.Begin(writable)
		return err
	}); err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed {
			_ = f.guard(tx.Rollback)
		}
	}()
	if err := fn(&fileTx{file: f, tx: tx, writable: writable}); err != nil {
		return err
	}
	if err := f.damage.seen(); err != nil || !writable {
		return err
	}
	committed = true // a failed commit rolls back by itself
	return f.guard(tx.Commit)
}

func (f *file) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	if f.damage.seen() != nil {
		return f.release()
	}
	return f.guard(f.db.Close)
}

// release gives the file back without bbolt. Its mapping of the file, which would hold the lock, stays.
func (f *file) release() error { return errors.Join(durable.Unlock(f.handle), f.handle.Close()) }

// guard runs one call into bbolt and turns a panic or a memory fault inside it into an error.
func (f *file) guard(call func() error) (err error) {
	if err := f.damage.seen(); err != nil {
		return err
	}
	return recovered(call, func(cause any) error {
		err := damaged(f.path, fmt.Errorf("%v", cause))
		f.damage.note(err)
		return err
	})
}

// damaged is the one sentence about a file that cannot be used.
func damaged(path string, cause error) error {
	if errors.Is(cause, ErrCorrupt) {
		return fmt.Errorf("%w: move the file %s away (keep it, parts may be recovered) and start again", cause, path)
	}
	return fmt.Errorf("%w (%w): move the file %s away (keep it, parts may be recovered) and start again", ErrCorrupt, cause, path)
}
