// SPDX-License-Identifier: GPL-3.0-or-later

package durable

import (
	"errors"
	"os"
	"time"
)

// ErrLocked is returned when another process, or another opening in this one, holds a lock.
var ErrLocked = errors.New("another process holds the lock")

// retry is the time between two attempts at a lock.
const retry = 10 * time.Millisecond

// Lock opens the file, makes it if needed, and takes its exclusive lock, for which it waits up to wait.
// Closing the file releases the lock, and so does the end of the process, however it ends.
func Lock(path string, wait time.Duration) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := LockFile(f, wait); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// LockFile is Lock for a file that is open already.
func LockFile(f *os.File, wait time.Duration) error {
	for deadline := time.Now().Add(wait); ; time.Sleep(retry) {
		err := tryLock(f)
		if !errors.Is(err, ErrLocked) || time.Now().After(deadline) {
			return err
		}
	}
}
