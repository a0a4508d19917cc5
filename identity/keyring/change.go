// SPDX-License-Identifier: GPL-3.0-or-later

package keyring

import (
	"fmt"
	"os"
	"path/filepath"

	"bellwire/identity"
	"bellwire/internal/durable"
)

// Archive returns the account's secrets. password is needed if the account is sealed, and ignored if it
// is not. The error wraps ErrNotFound, ErrDamaged, identity.ErrPasswordNeeded or
// identity.ErrWrongPassword.
func (r *Ring) Archive(id identity.AccountID, password string) (*identity.Archive, error) {
	_, archive, err := r.open(id, password)
	return archive, err
}

func (r *Ring) open(id identity.AccountID, password string) (data []byte, archive *identity.Archive, err error) {
	if data, err = r.read(id, archiveFile, identity.MaxArchive); err != nil {
		return nil, nil, err
	}
	sealed := identity.IsSealed(data)
	if !sealed {
		password = ""
	}
	archive, err = identity.ReadArchive(data, password)
	switch {
	case err != nil && !sealed:
		return nil, nil, damaged(r.path(id, archiveFile), err)
	case err != nil:
		return nil, nil, fmt.Errorf("open account %s: %w", id, err)
	case archive.Account.ID() != id:
		return nil, nil, damaged(r.path(id, archiveFile), fmt.Errorf("it is of account %s", archive.Account.ID()))
	}
	return data, archive, nil
}

// Export returns the account, with its contacts as they are now, as an archive that every client of the
// network imports. password opens a sealed account, and the archive then has the same; that of any other
// account gets password, which may be empty.
func (r *Ring) Export(id identity.AccountID, password string) ([]byte, error) {
	_, archive, err := r.open(id, password)
	if err != nil {
		return nil, err
	}
	list, err := r.contacts(id)
	if err != nil {
		return nil, err
	}
	if err := archive.UpdateContacts(list); err != nil {
		return nil, err
	}
	return archive.Write(password)
}

// SetPassword seals the account's own keys under another password, or under none if that is empty. old
// opens them now.
func (r *Ring) SetPassword(id identity.AccountID, old, password string) error {
	return r.change(func() error {
		_, archive, err := r.open(id, old)
		if err != nil {
			return err
		}
		data, err := archive.Write(password)
		if err != nil {
			return err
		}
		return r.replace(id, archiveFile, data)
	})
}

// Rename changes the display name.
func (r *Ring) Rename(id identity.AccountID, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return r.change(func() error {
		about, err := r.info(id)
		if err != nil {
			return err
		}
		about.Name = name
		text, err := about.encode()
		if err != nil {
			return err
		}
		return r.replace(id, infoFile, text)
	})
}

func (r *Ring) replace(id identity.AccountID, file string, data []byte) error {
	if err := durable.WriteFile(r.path(id, file), data, fileMode); err != nil {
		return fmt.Errorf("write account %s: %w", id, err)
	}
	return nil
}

// Remove deletes an account from this machine, whole or not at all. Without an archive of it elsewhere
// the account is lost for ever. The error wraps ErrNotFound or is that of the file system.
func (r *Ring) Remove(id identity.AccountID) error {
	return r.change(func() error {
		if _, err := os.Lstat(r.folder(id)); err != nil {
			return r.missing(id, err)
		}
		temp, err := durable.MkdirTemp(r.dir)
		if err == nil {
			err = os.Rename(r.folder(id), filepath.Join(temp, id.String()))
		}
		if err == nil {
			err = durable.SyncDir(r.dir)
		}
		if err == nil {
			err = os.RemoveAll(temp)
		}
		if err != nil {
			return fmt.Errorf("remove account %s: %w", id, err)
		}
		return nil
	})
}
