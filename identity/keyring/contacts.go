// SPDX-License-Identifier: GPL-3.0-or-later

package keyring

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"bellwire/identity"
)

// maxContactsFile bounds the contact list. It may have all that fits into an archive, inflated.
const maxContactsFile = 16 << 20

// Contacts is the contact list of an account as it is now, kept beside the archive because that may be
// sealed. It is safe for concurrent use.
type Contacts struct {
	ring *Ring
	id   identity.AccountID
}

// Contacts returns the contact list of an account.
func (r *Ring) Contacts(id identity.AccountID) *Contacts { return &Contacts{ring: r, id: id} }

// Contacts returns the list, first as the archive had it that the account was imported from. The error
// is one sentence.
func (c *Contacts) Contacts() ([]identity.Contact, error) {
	list, err := c.ring.contacts(c.id)
	return list.All(), err
}

// Keep writes how some accounts stand now, see identity.ContactList.Set.
func (c *Contacts) Keep(changes ...identity.Contact) error {
	return c.ring.change(func() error {
		list, err := c.ring.contacts(c.id)
		if err != nil {
			return err
		}
		before := maps.Clone(list)
		for _, change := range changes {
			if err := list.Set(change); err != nil {
				return err
			}
		}
		if maps.EqualFunc(before, list, func(a, b json.RawMessage) bool { return slices.Equal(a, b) }) {
			return nil
		}
		text, err := json.Marshal(list)
		if err != nil {
			return err
		}
		if len(text) > maxContactsFile {
			return fmt.Errorf("the contact list of account %s has no room for more", c.id)
		}
		return c.ring.replace(c.id, contactsFile, text)
	})
}

// contacts reads the file, which an account has from its first contact on.
func (r *Ring) contacts(id identity.AccountID) (identity.ContactList, error) {
	path := r.path(id, contactsFile)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if err := r.missing(id, err); errors.Is(err, ErrNotFound) {
			return nil, err
		}
		return identity.ContactList{}, nil
	}
	text, err := r.read(id, contactsFile, maxContactsFile)
	if err != nil {
		return nil, err
	}
	list, err := identity.ParseContactList(text)
	if err != nil {
		return nil, fmt.Errorf("the file %s %w (%w): remove it; the contacts that Bellwire knows are then written anew", path, ErrDamaged, err)
	}
	return list, nil
}
