// SPDX-License-Identifier: GPL-3.0-or-later

package storage

import (
	"net/netip"
	"time"

	"bellwire/dht/value"
	"bellwire/dht/wire"
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

// Result is one change.
type Result struct {
	Change Change
	Key    wire.Hash
	// Entry is the value as it is now stored, or as it was when it expired; nil when Unchanged.
	Entry *Entry
	// Notices are the pushes due.
	Notices []Notice
}

// Notice is one push to one listener.
type Notice struct {
	To     *Listener
	Key    wire.Hash
	Change Change
	// Entry is the value: to be sent whole when Added or Edited, by its id when Refreshed or Expired.
	Entry *Entry
}
