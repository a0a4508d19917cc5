// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"encoding/json"
	"time"
)

// Set makes the list say how an account stands: on the list when c is Active, blocked, or neither. Times
// and the conversation stay as they are where c does not change that, and so do members nobody here
// knows. An account that is neither and was never on the list is not put there.
func (l ContactList) Set(c Contact) error {
	text, listed := l[c.ID.String()]
	entry := map[string]json.RawMessage{}
	var old Contact
	if listed {
		var err error
		if old, err = parseContact(text); err != nil || json.Unmarshal(text, &entry) != nil || entry == nil {
			old, entry = Contact{}, map[string]json.RawMessage{} // it said nothing to anybody
		}
	}
	if !listed && !c.Active() && !c.Blocked() {
		return nil
	}
	text, err := json.Marshal(fill(entry, old.become(c)))
	if err == nil {
		l[c.ID.String()] = text
	}
	return err
}

// become returns the entry after c has come to be.
func (c Contact) become(now Contact) Contact {
	next := c
	switch {
	case now.Active():
		next.Confirmed, next.Banned = now.Confirmed, false
		if !c.Active() {
			next.Added = latest(now.Added, c.Removed.Add(time.Second))
		}
		if now.Conversation != "" {
			next.Conversation = now.Conversation
		}
		return next
	case c.Active(), c.Blocked() != now.Blocked():
		next.Removed = latest(now.Removed, c.Added)
	}
	next.Confirmed, next.Banned = false, now.Blocked()
	if !next.Banned {
		next.Conversation = ""
	}
	return next
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// fill writes a contact into the members of its entry, leaving out what Jami leaves out.
func fill(entry map[string]json.RawMessage, c Contact) map[string]json.RawMessage {
	put := func(name string, value any, present bool) {
		delete(entry, name)
		if text, err := json.Marshal(value); err == nil && present { // numbers, truths and texts have one
			entry[name] = text
		}
	}
	put("added", unixSeconds(c.Added), true)
	put("removed", unixSeconds(c.Removed), !c.Removed.IsZero())
	put("confirmed", true, c.Confirmed)
	put("banned", true, c.Banned)
	put("conversationId", c.Conversation, true)
	return entry
}

func unixSeconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
