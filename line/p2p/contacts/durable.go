// SPDX-License-Identifier: GPL-3.0-or-later

package contacts

import (
	"encoding/json"
	"fmt"
	"time"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/store"
)

// Bounds of the book.
const (
	maxContacts = 10_000
	// maxAsking is how many unanswered requests there may be; the oldest give way, for anybody can ask.
	maxAsking = 200
	// maxDismissed is how many strangers are remembered; the longest dismissed are forgotten.
	maxDismissed = 1000
)

func (b *Book) load() error {
	return store.ForEach(b.cfg.Store, b.bucket, func(key string, raw []byte) error {
		if key == heardKey {
			b.loadHeard(raw)
			return nil
		}
		var e Entry
		id, err := identity.ParseAccountID(key)
		if err == nil {
			err = json.Unmarshal(raw, &e)
		}
		if err != nil {
			b.cfg.Log.Warn("a contact cannot be read and is left out", "contact", key, "error", err)
			return nil
		}
		e.ID = id
		b.people[id] = e
		return nil
	})
}

// change applies one step to an entry and writes what comes of it. Those who are another to the user
// than before are returned: the account, and who had to give way.
func (b *Book) change(account identity.AccountID, step func(e *Entry, now time.Time) error) ([]identity.AccountID, error) {
	if account == b.cfg.Account {
		return nil, ErrSelf
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.get(account)
	after, now := before, time.Now().UTC().Round(0)
	if err := step(&after, now); err != nil {
		return nil, err
	}
	if after == before {
		return nil, nil
	}
	gone, err := b.room(before, after)
	if err != nil {
		return nil, err
	}
	if is := after.listed(now); b.cfg.List != nil && is != before.listed(now) {
		if err := b.cfg.List.Keep(is); err != nil {
			return nil, err
		}
	}
	if err := b.write(after, gone); err != nil {
		return nil, fmt.Errorf("write the contacts: %w", err)
	}
	var changed []identity.AccountID
	for _, e := range gone {
		if delete(b.people, e.ID); e.State != call.Stranger {
			changed = append(changed, e.ID)
		}
	}
	if after.isEmpty() {
		delete(b.people, account)
	} else {
		b.people[account] = after
	}
	if before.Contact() != after.Contact() {
		changed = append(changed, account)
	}
	return changed, nil
}

// isEmpty reports whether the entry is of a stranger of whom nothing is to be remembered.
func (e Entry) isEmpty() bool { return e == Entry{ID: e.ID} }

// room returns who gives way to an entry that is new in its state.
func (b *Book) room(before, after Entry) (gone []Entry, err error) {
	if before.State == after.State {
		return nil, nil
	}
	switch after.State {
	case call.Asking:
		if oldest, n := b.oldest(call.Asking, func(e Entry) time.Time { return e.Since }); n >= maxAsking {
			gone = append(gone, oldest)
		}
	case call.Stranger:
		if oldest, n := b.oldest(call.Stranger, func(e Entry) time.Time { return e.Dismissed }); n >= maxDismissed && !after.isEmpty() {
			gone = append(gone, oldest)
		}
		return gone, nil
	}
	_, dismissed := b.oldest(call.Stranger, func(e Entry) time.Time { return e.Dismissed })
	if before.State == call.Stranger && len(b.people)-dismissed-len(gone) >= maxContacts {
		return nil, ErrFull
	}
	return gone, nil
}

// write stores one entry and removes others, or does nothing.
func (b *Book) write(e Entry, gone []Entry) error {
	return b.cfg.Store.Update(func(tx store.Tx) error {
		for _, other := range gone {
			if err := tx.Delete(b.bucket, other.ID.String()); err != nil {
				return err
			}
		}
		if e.isEmpty() {
			return tx.Delete(b.bucket, e.ID.String())
		}
		return b.put(tx, e)
	})
}

func (b *Book) put(tx store.Tx, e Entry) error {
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return tx.Put(b.bucket, e.ID.String(), raw)
}
