// SPDX-License-Identifier: GPL-3.0-or-later

// Package keyring owns the accounts of this machine as files under a home:
//
//	<home>/accounts/<40 hex>/archive       the account's secrets, as the archive every client reads;
//	                                       sealed under a password if the user wants
//	<home>/accounts/<40 hex>/device.pem    the private key and the certificates of this device
//	<home>/accounts/<40 hex>/announcement  what the account signed to announce this device, if any
//	<home>/accounts/<40 hex>/info.json     the name shown to the user, and when the account came here
//	<home>/accounts/<40 hex>/contacts.json the contact list that an archive gets when it is exported, if any
//
// All files have mode 0600, folders 0700. A sealed account still makes and takes calls unattended:
// device.pem is never sealed. The password guards what cannot be revoked, the account's own key, so a
// thief of the files can be this device until it is revoked, but can neither add devices nor take the
// account or its name over.
//
// A kill at any moment leaves every account as it was before or after an operation: a new account is
// made in a temporary folder, synced and renamed; a file is replaced in the same way. One process at a
// time changes the ring; all may read.
package keyring

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bellwire/identity"
	"bellwire/internal/durable"
)

var (
	// ErrNotFound is wrapped when the ring has no account of an id.
	ErrNotFound = errors.New("there is no such account here")
	// ErrExists is wrapped when an account to be added is in the ring already.
	ErrExists = errors.New("the account is here already")
	// ErrDamaged is wrapped when a file of an account cannot be used.
	ErrDamaged = errors.New("is damaged")
	// ErrBusy is wrapped when another process has been changing the ring for too long.
	ErrBusy = errors.New("another bellwire is changing the accounts")
	// ErrName is wrapped when a display name is too long or not text.
	ErrName = errors.New("not a usable name")
)

// lockWait bounds the wait for another process that changes the ring, which takes it milliseconds.
const lockWait = 10 * time.Second

// Ring is the accounts of one home. It is safe for concurrent use, also by several processes.
type Ring struct {
	dir    string // <home>/accounts
	newKey func() (*identity.PrivateKey, error)
	now    func() time.Time
}

// Open opens the ring of a home, makes its folders and removes what a killed process left unfinished.
// The error says in one sentence what to do.
func Open(home string) (*Ring, error) {
	r := &Ring{dir: filepath.Join(home, "accounts"), newKey: newKey, now: time.Now}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of accounts: %w: choose a home that can be written with --home", err)
	}
	if err := keepPrivate(r.dir); err != nil {
		return nil, err
	}
	if err := r.change(func() error { return nil }); err != nil {
		return nil, err
	}
	return r, nil
}

// keepPrivate takes a folder that was there before from the eyes of others.
func keepPrivate(dir string) error {
	state, err := os.Stat(dir)
	if err == nil && state.Mode().Perm()&0o077 != 0 {
		err = os.Chmod(dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("keep others from the folder of accounts: %w", err)
	}
	return nil
}

// change runs fn while no other process changes the ring, after removing what was left unfinished.
func (r *Ring) change(fn func() error) error {
	lock, err := durable.Lock(filepath.Join(r.dir, ".lock"), lockWait)
	switch {
	case errors.Is(err, durable.ErrLocked):
		return fmt.Errorf("%w in %s: wait for it, or end it", ErrBusy, r.dir)
	case err != nil:
		return fmt.Errorf("lock the folder of accounts: %w: choose a home that can be written with --home", err)
	}
	defer func() { _ = lock.Close() }()
	if err := r.sweep(); err != nil {
		return fmt.Errorf("clean the folder of accounts: %w", err)
	}
	return fn()
}

// sweep removes the leavings of processes killed: whoever makes them holds the lock, so nobody is still
// at it.
func (r *Ring) sweep() error {
	if err := durable.Sweep(r.dir, 0); err != nil {
		return err
	}
	ids, err := r.ids()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := durable.Sweep(r.folder(id), 0); err != nil {
			return err
		}
	}
	return nil
}

// ids lists the folders named like an account, in order.
func (r *Ring) ids() ([]identity.AccountID, error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, fmt.Errorf("list the accounts: %w", err)
	}
	var ids []identity.AccountID
	for _, entry := range entries {
		id, err := identity.ParseAccountID(entry.Name())
		if err == nil && id.String() == entry.Name() && entry.IsDir() {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (r *Ring) folder(id identity.AccountID) string { return filepath.Join(r.dir, id.String()) }

func (r *Ring) path(id identity.AccountID, file string) string {
	return filepath.Join(r.folder(id), file)
}
