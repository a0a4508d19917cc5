// SPDX-License-Identifier: GPL-3.0-or-later

package storage

import (
	"errors"
	"iter"
	"net/netip"
	"time"

	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Config bounds the store. Zero fields mean the defaults.
type Config struct {
	// Bytes is the memory values of others may take, overheads included (64 MiB).
	Bytes int
	// ValuesPerKey is the number of values under one key (65,536).
	ValuesPerKey int
	// Listeners is the number of registrations (65,536), of which one address may have a quarter.
	Listeners int
	// ListenersPerKey is the number of registrations for one key (4,096).
	ListenersPerKey int
	// Types are the rules by type; nil for the built-in types.
	Types *value.Types
}

var (
	// ErrNotStored is returned by Refresh for a value that is not here.
	ErrNotStored = errors.New("no such value is stored here")
	// ErrTaken is returned by Publish when another value that must not be replaced has this id.
	ErrTaken = errors.New("another value has this id under this key")
	// ErrTooMany is returned by Listen when there are too many registrations.
	ErrTooMany = errors.New("too many listeners are registered here")
)

// Put is a value somebody wants stored.
type Put struct {
	Key   wire.Hash
	Value *value.Value
	// Created is when the publisher says that the life of the value began; zero or a time in the future
	// means now.
	Created time.Time
	// From is the address to which the memory is charged.
	From netip.Addr
}

// Verdict is what Admit says of a Put.
type Verdict int

// Verdicts.
const (
	// Acceptable means that Commit would store the value.
	Acceptable Verdict = iota
	// NeedsVerification means that Commit may be called once the signature was found right.
	NeedsVerification
	// RefusedID means that the value id is 0, the one refusal that is reported to the peer (203).
	RefusedID
	// Refused means that the rules of the type or the limits forbid to store the value.
	Refused
)

// Change says what became of a value.
type Change int

// Changes.
const (
	// Unchanged means that nothing was stored.
	Unchanged Change = iota
	Added
	Edited
	// Refreshed means that a value with the same contents begins its life again.
	Refreshed
	Expired
)

// Entry is a stored value. It is not changed: an edit makes another one.
type Entry struct {
	Value *value.Value
	// Packed is the encoding of Value, ready to be sent; nobody may write to it.
	Packed []byte
}

// Listener is the registration of a node for the changes under a key.
type Listener struct {
	Node wire.NodeInfo
	// SID is the socket id the node gave; together with the address it names the registration.
	SID uint32
	// Old means that the node does not understand Update requests.
	Old   bool
	Query value.Query
}

// Notice is one push to one listener.
type Notice struct {
	To     *Listener
	Key    wire.Hash
	Change Change
	// Entry is the value: to be sent whole when Added or Edited, by its id when Refreshed or Expired.
	Entry *Entry
}

// Result is what a change led to.
type Result struct {
	Change Change
	Key    wire.Hash
	// Entry is the value as it is now stored, or as it was when it expired.
	Entry *Entry
	// Notices are the pushes due.
	Notices []Notice
}

// Stats are figures for people.
type Stats struct {
	Keys, Values, Listeners int
	// Bytes is the memory charged to others, LocalBytes that of values published here.
	Bytes, LocalBytes int
}

// Store keeps values and registrations. It is not safe for concurrent use.
type Store struct {
}

// New returns an empty store.
func New(cfg Config) *Store { return &Store{} }

// Admit says whether a put may be stored. Nothing changes.
func (s *Store) Admit(now time.Time, p Put) Verdict { return Refused }

// Commit stores a put whose signature, if it claims one, is right. Everything Admit checks is checked
// again, since other changes may have come between. The results are those of the put and, when the store
// was full, of values that had to go (Expired).
func (s *Store) Commit(now time.Time, p Put) []Result { return nil }

// Publish stores a value of this node itself. It is not charged to any address, cannot be driven out by
// others, and when permanent does not expire until Withdraw. The error is ErrTaken or about the value.
func (s *Store) Publish(now time.Time, key wire.Hash, v *value.Value, created time.Time, permanent bool) ([]Result, error) {
	return nil, nil
}

// Withdraw ends the permanence of a value published here: it expires one lifetime from now.
func (s *Store) Withdraw(now time.Time, key wire.Hash, id uint64) {}

// Refresh prolongs the life of a value by its lifetime from now. The error is ErrNotStored.
func (s *Store) Refresh(now time.Time, key wire.Hash, id uint64) (Result, error) {
	return Result{}, nil
}

// Get yields the values under key that pass the filters, in the order in which they came.
func (s *Store) Get(now time.Time, key wire.Hash, q value.Query) iter.Seq[*Entry] {
	return func(func(*Entry) bool) {}
}

// Listen registers a listener for ten minutes or renews its registration (same address, key and SID).
// added tells a new one, to which the values that Get yields are to be sent now. The error is ErrTooMany.
func (s *Store) Listen(now time.Time, key wire.Hash, l Listener) (added bool, err error) {
	return false, nil
}

// Tick drops what expired until now and returns the results and when it wants to be called next; the
// zero time when nothing will expire.
func (s *Store) Tick(now time.Time) ([]Result, time.Time) { return nil, time.Time{} }

// Stats returns figures for people.
func (s *Store) Stats() Stats { return Stats{} }
