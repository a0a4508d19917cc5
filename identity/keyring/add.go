// SPDX-License-Identifier: GPL-3.0-or-later

package keyring

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"bellwire/identity"
	"bellwire/internal/durable"
)

// Options say how an account is added.
type Options struct {
	// Name is shown to the user. Import takes that of the archive if it is empty.
	Name string
	// Password seals the account's own keys unless it is empty. For Import it also opens the archive.
	Password string
	// Announce makes what the account signs to announce the new device, which is then kept; nil makes
	// nothing. Afterwards a sealed account can sign only with its password.
	Announce Announce
}

// Announce makes the announcement of a device with the keys of its account.
type Announce func(*identity.Account, *identity.Device) ([]byte, error)

// Create makes a new account with its first device, which takes some seconds. When ctx ends before that
// is done, nothing was made.
func (r *Ring) Create(ctx context.Context, o Options) (Entry, error) {
	if err := checkName(o.Name); err != nil {
		return Entry{}, err
	}
	keys, err := r.newKeys(ctx, 3)
	if err != nil {
		return Entry{}, err
	}
	account, err := identity.AssembleAccount(rand.Reader, keys[0], keys[1], identity.ValidFrom(r.now()))
	if err != nil {
		return Entry{}, err
	}
	archive := &identity.Archive{Account: account}
	if err := archive.SetDisplayName(o.Name); err != nil {
		return Entry{}, err
	}
	return r.add(ctx, archive, nil, keys[2], o)
}

// Import adds the account of an archive, which may come from any client of the network, with a new
// device. The error wraps ErrExists, or what identity.ReadArchive or Chain.Verify return.
func (r *Ring) Import(ctx context.Context, archive []byte, o Options) (Entry, error) {
	if err := checkName(o.Name); err != nil {
		return Entry{}, err
	}
	read, err := identity.ReadArchive(archive, o.Password)
	if err != nil {
		return Entry{}, err
	}
	account := read.Account
	if err := r.checkNew(read.Account.ID()); err != nil {
		return Entry{}, err
	}
	if o.Name == "" && checkName(read.DisplayName()) == nil {
		o.Name = read.DisplayName()
	}
	if read.Account, err = read.Account.Renewed(rand.Reader, r.now()); err != nil {
		return Entry{}, err
	}
	keys, err := r.newKeys(ctx, 1)
	if err != nil {
		return Entry{}, err
	}
	if read.Account != account || !identity.IsSealed(archive) {
		archive = nil
	}
	return r.add(ctx, read, archive, keys[0], o)
}

// add issues the device and writes all files. sealed is the archive as it came if it has the right
// password already, else nil.
func (r *Ring) add(ctx context.Context, archive *identity.Archive, sealed []byte, key *identity.PrivateKey, o Options) (Entry, error) {
	device, err := archive.Account.IssueDevice(rand.Reader, key, identity.ValidFrom(r.now()))
	if err != nil {
		return Entry{}, err
	}
	if err := device.Chain.Verify(r.now()); err != nil {
		return Entry{}, fmt.Errorf("the account cannot be used: %w", err)
	}
	if sealed == nil {
		if sealed, err = archive.Write(o.Password); err != nil {
			return Entry{}, err
		}
	}
	files, err := contents(archive.Account, device, info{Name: o.Name, Added: r.now().UTC()}, o.Announce)
	if err != nil {
		return Entry{}, err
	}
	files[archiveFile] = sealed
	if list, err := archive.Contacts(); err != nil {
		return Entry{}, err
	} else if len(list) > 0 {
		if files[contactsFile], err = json.Marshal(list); err != nil {
			return Entry{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return Entry{}, err
	}
	id := archive.Account.ID()
	if err := r.change(func() error { return r.write(id, files) }); err != nil {
		return Entry{}, err
	}
	loaded, err := r.Load(id)
	if err != nil {
		return Entry{}, err
	}
	return loaded.Entry, nil
}

// contents encodes the files of a new account besides the archive, by their names.
func contents(account *identity.Account, device *identity.Device, about info, announce Announce) (map[string][]byte, error) {
	var announcement []byte
	if announce != nil {
		var err error
		if announcement, err = announce(account, device); err != nil {
			return nil, fmt.Errorf("announce %v: %w", device, err)
		}
	}
	pem, err := device.PEM()
	if err != nil {
		return nil, err
	}
	text, err := about.encode()
	if err != nil {
		return nil, err
	}
	return map[string][]byte{deviceFile: pem, announcementFile: announcement, infoFile: text}, nil
}

// write makes the folder of an account appear at once with all its files.
func (r *Ring) write(id identity.AccountID, files map[string][]byte) error {
	if err := r.checkNew(id); err != nil {
		return err
	}
	temp, err := durable.MkdirTemp(r.dir)
	if err != nil {
		return fmt.Errorf("write account %s: %w", id, err)
	}
	err = fill(temp, files)
	if err == nil {
		err = os.Rename(temp, r.folder(id))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write account %s: %w", id, err), os.RemoveAll(temp))
	}
	return durable.SyncDir(r.dir)
}

func fill(dir string, files map[string][]byte) error {
	for name, data := range files {
		if err := durable.WriteFile(filepath.Join(dir, name), data, fileMode); err != nil {
			return err
		}
	}
	return nil
}

func (r *Ring) checkNew(id identity.AccountID) error {
	_, err := os.Lstat(r.folder(id))
	switch {
	case err == nil:
		return fmt.Errorf("%w: %s", ErrExists, id)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("look for account %s: %w", id, err)
}

func newKey() (*identity.PrivateKey, error) {
	return identity.NewPrivateKey(rand.Reader, identity.KeyBits)
}

// newKeys makes n keys at once, and waits for all of them.
func (r *Ring) newKeys(ctx context.Context, n int) ([]*identity.PrivateKey, error) {
	keys, errs := make([]*identity.PrivateKey, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if errs[i] = ctx.Err(); errs[i] == nil {
				keys[i], errs[i] = r.newKey()
			}
		})
	}
	all.Wait()
	return keys, errors.Join(append(errs, ctx.Err())...)
}
