// SPDX-License-Identifier: GPL-3.0-or-later

package keyring

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bellwire/identity"
)

// Entry is what the ring says about an account without its password.
type Entry struct {
	ID     identity.AccountID
	Device identity.DeviceID // this machine's device of the account
	Name   string            // as the user named it; may be empty
	Added  time.Time         // when the account came to this machine
	Sealed bool              // whether a password guards the account's own keys
	// Err is why the account cannot be used, in one sentence; only ID is set then.
	Err error
}

// Loaded is an account ready for use on this machine.
type Loaded struct {
	Entry
	// Device is this machine's device.
	Device *identity.Device
	// Announcement is what Options.Announce returned for it; empty when there is none.
	Announcement []byte
}

// List returns all accounts of the ring in the order of their ids. One that is damaged is among them,
// with its Err set, and does not hide the others.
func (r *Ring) List() ([]Entry, error) {
	ids, err := r.ids()
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(ids))
	for _, id := range ids {
		loaded, err := r.Load(id)
		switch {
		case errors.Is(err, ErrNotFound): // removed meanwhile
		case err != nil:
			entries = append(entries, Entry{ID: id, Err: err})
		default:
			entries = append(entries, loaded.Entry)
		}
	}
	return entries, nil
}

// Load returns what is needed to be this device of the account, which takes no password. The error
// wraps ErrNotFound or ErrDamaged, or is that of the file system.
func (r *Ring) Load(id identity.AccountID) (*Loaded, error) {
	device, err := r.device(id)
	if err != nil {
		return nil, err
	}
	about, err := r.info(id)
	if err != nil {
		return nil, err
	}
	archive, err := r.read(id, archiveFile, identity.MaxArchive)
	if err != nil {
		return nil, err
	}
	announcement, err := r.read(id, announcementFile, maxSmallFile)
	if err != nil {
		return nil, err
	}
	return &Loaded{
		Entry:        Entry{ID: id, Device: device.ID(), Name: about.Name, Added: about.Added, Sealed: identity.IsSealed(archive)},
		Device:       device,
		Announcement: announcement,
	}, nil
}

func (r *Ring) device(id identity.AccountID) (*identity.Device, error) {
	text, err := r.read(id, deviceFile, maxSmallFile)
	if err != nil {
		return nil, err
	}
	device, err := identity.ParseDevicePEM(text)
	if err != nil {
		return nil, damaged(r.path(id, deviceFile), err)
	}
	if device.AccountID() != id {
		return nil, damaged(r.path(id, deviceFile), fmt.Errorf("it is of account %s", device.AccountID()))
	}
	return device, nil
}

func (r *Ring) info(id identity.AccountID) (info, error) {
	text, err := r.read(id, infoFile, maxSmallFile)
	if err != nil {
		return info{}, err
	}
	var about info
	if err := json.Unmarshal(text, &about); err != nil {
		return info{}, damaged(r.path(id, infoFile), err)
	}
	return about, nil
}
