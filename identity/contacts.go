// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// contactsMember is the member of Other with the contacts, an object by account id.
const contactsMember = "ringAccountContacts"

// Contact is an entry of the contact list of an archive.
type Contact struct {
	ID AccountID
	// Added and Removed are when the user last did either, in whole seconds; zero is never. To block
	// is to remove.
	Added, Removed time.Time
	// Confirmed says that the contact accepted, Banned that the user blocked it with the removal.
	Confirmed, Banned bool
	// Conversation is Jami's conversation with the contact, empty when there is none.
	Conversation string
}

// Active reports whether the contact is on the list now. A removal in the second of the addition is
// taken for the later one.
func (c Contact) Active() bool { return c.Added.After(c.Removed) }

// Blocked reports whether the user keeps the account out now. Archives may still say Banned of one that
// was added since.
func (c Contact) Blocked() bool { return c.Banned && !c.Active() }

// ContactList is the contact list of an archive, in its form: entries by account id. What is not
// understood in it is kept.
type ContactList map[string]json.RawMessage

// ParseContactList reads the text of a contact list. The error wraps ErrArchive.
func ParseContactList(text []byte) (ContactList, error) {
	var read ContactList
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, fmt.Errorf("%w: its contacts: %w", ErrArchive, err)
	}
	list := make(ContactList, len(read))
	for name, entry := range read {
		if id, err := ParseAccountID(strings.ToLower(name)); err == nil {
			name = id.String()
		}
		list[name] = entry
	}
	return list, nil
}

// All returns the contacts in the order of their ids. Entries that make no sense are left out.
func (l ContactList) All() []Contact {
	var contacts []Contact
	for name, text := range l {
		id, err := ParseAccountID(name)
		if err != nil {
			continue
		}
		if c, err := parseContact(text); err == nil {
			c.ID = id
			contacts = append(contacts, c)
		}
	}
	slices.SortFunc(contacts, func(a, b Contact) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return contacts
}

// Contacts returns the contact list of the archive, nil if it has none. The error wraps ErrArchive.
func (a *Archive) Contacts() (ContactList, error) {
	text, present := a.Other[contactsMember]
	if !present {
		return nil, nil
	}
	return ParseContactList(text)
}

// UpdateContacts puts the entries of a list into that of the archive, in place of its own of the same
// accounts. The error wraps ErrArchive.
func (a *Archive) UpdateContacts(newer ContactList) error {
	if len(newer) == 0 {
		return nil
	}
	list, err := a.Contacts()
	if err != nil {
		return err
	}
	if list == nil {
		list = ContactList{}
	}
	maps.Copy(list, newer)
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	if a.Other == nil {
		a.Other = make(map[string]json.RawMessage)
	}
	a.Other[contactsMember] = text
	return nil
}

// parseContact reads an entry. One that speaks of times which have no text is nonsense.
func parseContact(text []byte) (Contact, error) {
	var entry struct {
		Added, Removed    int64 // seconds since 1970
		Confirmed, Banned bool
		ConversationID    string `json:"conversationId"`
	}
	if err := json.Unmarshal(text, &entry); err != nil {
		return Contact{}, err
	}
	if min(entry.Added, entry.Removed) < 0 || max(entry.Added, entry.Removed) > maxUnix {
		return Contact{}, errors.New("a time outside the years 1970 to 9999")
	}
	return Contact{
		Added: unixTime(entry.Added), Removed: unixTime(entry.Removed),
		Confirmed: entry.Confirmed, Banned: entry.Banned, Conversation: entry.ConversationID,
	}, nil
}

// maxUnix is the end of the year 9999.
const maxUnix = 253402300799

func unixTime(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
