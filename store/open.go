// SPDX-License-Identifier: GPL-3.0-or-later

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"bellwire/internal/durable"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// lockWait is how long Open waits for a file that another process has open, which may just be ending.
const lockWait = 300 * time.Millisecond

// leavings is the age from which the remains of a creation that was killed are removed.
const leavings = time.Hour

// errNotFile is wrapped when the path is a folder or a device.
var errNotFile = errors.New("it is not a plain file")

// Open opens the store in a file and makes it if there is none; the folder must exist. The whole
// structure of the file is checked first. The error wraps ErrInUse, ErrCorrupt or that of the file
// system, and says in one sentence what to do.
func Open(path string) (Store, error) {
	if err := create(path); err != nil {
		return nil, fmt.Errorf("make the store %s: %w", path, err)
	}
	f := &file{path: path}
	err := recovered(f.open, func(cause any) error { return fmt.Errorf("%w (%v)", ErrCorrupt, cause) })
	if err == nil {
		return f, nil
	}
	if f.handle != nil {
		_ = f.release()
	}
	var system *fs.PathError
	switch {
	case errors.Is(err, durable.ErrLocked), errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s: end the other bellwire, or use another home", ErrInUse, path)
	case errors.As(err, &system), errors.Is(err, errNotFile):
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return nil, damaged(path, err)
}

func (f *file) open() (err error) {
	f.db, err = bbolt.Open(f.path, 0o600, &bbolt.Options{
		Timeout:      time.Millisecond, // the lock is ours already
		FreelistType: bbolt.FreelistMapType,
		OpenFile:     f.openFile,
	})
	return err
}

// openFile opens and locks the file for bbolt, and checks it before bbolt looks at it.
func (f *file) openFile(path string, flag int, mode os.FileMode) (*os.File, error) {
	handle, err := os.OpenFile(path, flag&^os.O_CREATE, mode)
	if err != nil {
		return nil, err
	}
	if err := inspect(handle); err != nil {
		_ = handle.Close()
		return nil, err
	}
	f.handle = handle
	return handle, nil
}

func inspect(handle *os.File) error {
	info, err := handle.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w", handle.Name(), errNotFile)
	}
	if info.Mode().Perm()&0o077 != 0 { // copied or restored; what it holds is nobody else's business
		if err := handle.Chmod(0o600); err != nil {
			return err
		}
	}
	if err := durable.LockFile(handle, lockWait); err != nil {
		return err
	}
	if info, err = handle.Stat(); err != nil {
		return err
	}
	return checkFile(handle, info.Size())
}

// create makes an empty store if the path does not exist. It is made beside it and then linked, so that
// nobody ever sees half a store and two who create it at once get the same.
func create(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := durable.Sweep(filepath.Dir(path), leavings); err != nil {
		return err
	}
	dir, err := durable.MkdirTemp(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	fresh := filepath.Join(dir, "store")
	db, err := bbolt.Open(fresh, 0o600, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	if err := os.Link(fresh, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
}
