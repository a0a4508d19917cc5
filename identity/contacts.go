// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// contactsMember is the member of Other with the contacts, an object by account id.
const contactsMember = "ringAccountContacts"

// Contact is an entry of the contact list of an archive.
type Contact struct {
	ID AccountID
	// Added and Removed are when the user last did either; zero is never. See Active.
	Added, Removed time.Time
	// Confirmed says that the contact accepted, Banned that the user blocked it.
	Confirmed, Banned bool
}

// Active reports whether the contact is on the list now.
func (c Contact) Active() bool { return c.Added.After(c.Removed) && !c.Banned }

// Contacts returns the contact list of the archive in the order of ids. Entries whose id is not one are
// left out. The error wraps ErrArchive.
func (a *Archive) Contacts() ([]Contact, error) {
	raw, present := a.Other[contactsMember]
	if !present {
		return nil, nil
	}
	var entries map[string]struct {
		Added, Removed    int64 // seconds since 1970
		Confirmed, Banned bool
	}
	if err := json.Unmarshal(raw, &entries); err != nil {
		return nil, fmt.Errorf("%w: its contacts: %w", ErrArchive, err)
	}
	var contacts []Contact
	for text, entry := range entries {
		id, err := ParseAccountID(strings.ToLower(text))
		if err != nil {
			continue
		}
		contacts = append(contacts, Contact{
			ID: id, Added: unixTime(entry.Added), Removed: unixTime(entry.Removed),
			Confirmed: entry.Confirmed, Banned: entry.Banned,
		})
	}
	slices.SortFunc(contacts, func(a, b Contact) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return contacts, nil
}

func unixTime(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
