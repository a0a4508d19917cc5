// SPDX-License-Identifier: GPL-3.0-or-later

package contacts

import (
	"bytes"
	"cmp"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/internal/recent"
	"bellwire/store"
)

// Errors callers branch on.
var (
	// ErrSelf means that the account is the book's own.
	ErrSelf = errors.New("this is the account itself")
	// ErrBlocked means that the account has to be freed first.
	ErrBlocked = errors.New("this account is blocked; free it first with: bellwire contact remove ID")
	// ErrNoRequest means that there is no request of this account to be accepted or declined.
	ErrNoRequest = errors.New("this account has not asked to be a contact")
	// ErrUnknown means that the account is not in the book.
	ErrUnknown = errors.New("this account is not among the contacts")
	// ErrFull means that the book holds as many as it may.
	ErrFull = errors.New("there are 10000 contacts; remove some first with: bellwire contact remove ID")
	// ErrRefused means that the account may not connect: the user blocked it.
	ErrRefused = errors.New("the account is blocked")
	// ErrStranger means that the account may not connect: only contacts may.
	ErrStranger = errors.New("only contacts may connect")
)

// Config is what a book needs. Store and Account are required.
type Config struct {
	Store   store.Store
	Account identity.AccountID // whose book it is
	// RefuseStrangers lets nobody connect but contacts and those who were asked. Everybody may ask.
	RefuseStrangers bool
	// List gives the book those it does not have, and is told of every change; nil is none.
	List List
	Log  *slog.Logger // nil discards
}

// Book is the book of one account. It is safe for concurrent use.
type Book struct {
	cfg    Config
	bucket string

	mu     sync.RWMutex // held over writing to the store, so that memory and disk change in one order
	people map[identity.AccountID]Entry
	heard  *recent.Set[text]
}

// Open reads the book of an account, and takes from the list whom it does not have. Entries that make no
// sense are reported and left out.
func Open(cfg Config) (*Book, error) {
	if cfg.Store == nil || cfg.Account.IsZero() {
		return nil, errors.New("a book of contacts needs a store and an account")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	b := &Book{
		cfg:    cfg,
		bucket: "contacts/" + cfg.Account.String(),
		people: map[identity.AccountID]Entry{},
		heard:  recent.New[text](maxHeard),
	}
	if err := b.load(); err != nil {
		return nil, err
	}
	if err := b.meetList(); err != nil {
		return nil, err
	}
	return b, nil
}

// Allow returns an error when an account may not connect, call or write. The account itself always may.
func (b *Book) Allow(account identity.AccountID) error {
	e := b.Get(account)
	switch {
	case account == b.cfg.Account:
		return nil
	case e.State == call.Blocked:
		return ErrRefused
	case b.cfg.RefuseStrangers && !e.Friend():
		return ErrStranger
	}
	return nil
}

// Get returns what is known of an account.
func (b *Book) Get(account identity.AccountID) Entry {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.get(account)
}

func (b *Book) get(account identity.AccountID) Entry {
	e := b.people[account]
	e.ID = account
	return e
}

// All returns everybody but strangers, in the order of their ids.
func (b *Book) All() []Entry {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var all []Entry
	for _, e := range b.people {
		if e.State != call.Stranger {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(x, y Entry) int { return bytes.Compare(x.ID[:], y.ID[:]) })
	return all
}

// Friends returns those who were asked or agreed, the newest first, and at most so many.
func (b *Book) Friends(most int) []Entry {
	friends := slices.DeleteFunc(b.All(), func(e Entry) bool { return !e.Friend() })
	slices.SortStableFunc(friends, func(x, y Entry) int { return y.Since.Compare(x.Since) })
	return friends[:min(most, len(friends))]
}

// oldest returns the entry in a state whose moment lies furthest back, and how many are in the state.
func (b *Book) oldest(state call.ContactState, moment func(Entry) time.Time) (oldest Entry, n int) {
	for _, e := range b.people {
		if e.State != state {
			continue
		}
		order := moment(e).Compare(moment(oldest))
		if n++; n == 1 || cmp.Or(order, bytes.Compare(e.ID[:], oldest.ID[:])) < 0 {
			oldest = e
		}
	}
	return oldest, n
}
