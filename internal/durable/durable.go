// SPDX-License-Identifier: GPL-3.0-or-later

// Package durable writes files so that a process killed, or a machine switched off, at any moment
// leaves the old content or the new one, and locks files between processes.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// tempPattern marks unfinished files; see isTemp.
const tempPattern = ".tmp-*"

// WriteFile replaces the content of a file: it writes a temporary file beside it, syncs it, renames it
// and syncs the folder.
func WriteFile(path string, data []byte, mode fs.FileMode) error {
	temp, err := os.CreateTemp(filepath.Dir(path), tempPattern)
	if err != nil {
		return err
	}
	err = errors.Join(fill(temp, data, mode), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return err
	}
	return SyncDir(filepath.Dir(path))
}

func fill(f *os.File, data []byte, mode fs.FileMode) error {
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Sync()
}

// SyncDir makes renames, creations and removals in a folder durable.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrInvalid) {
		err = nil // some file systems cannot, and then need not
	}
	if err = errors.Join(err, d.Close()); err != nil {
		return fmt.Errorf("sync the folder %s: %w", dir, err)
	}
	return nil
}

// MkdirTemp makes a folder of mode 0700 inside dir that isTemp knows as unfinished, to be renamed when
// it is complete.
func MkdirTemp(dir string) (string, error) { return os.MkdirTemp(dir, tempPattern) }

// isTemp reports whether a name was given by WriteFile or MkdirTemp to something unfinished.
func isTemp(name string) bool {
	matched, err := filepath.Match(tempPattern, filepath.Base(name))
	return err == nil && matched
}

// Sweep removes from a folder what WriteFile and MkdirTemp left unfinished longer than age ago. Younger
// leavings may belong to a process that is still at it.
func Sweep(dir string, age time.Duration) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !isTemp(entry.Name()) || time.Since(info.ModTime()) < age {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
