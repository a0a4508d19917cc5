// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"bytes"
	"cmp"
	"crypto/sha1"

	"bellwire/dht/value"
)

// Ident tells values under one key apart. Anybody may put a value under an id that is in use, so the
// id alone does not do: signed values are told apart by their owner too, others by their contents.
type Ident struct {
	ID  uint64
	sum [sha1.Size]byte
}

// IdentOf returns the identity of a value, which all versions of a signed value share.
func IdentOf(v *value.Value) Ident {
	if v.IsSigned() {
		return Ident{v.ID, v.OwnerID()}
	}
	unsigned := *v
	unsigned.Priority, unsigned.PushType = 0, ""
	return Ident{v.ID, sha1.Sum(unsigned.Append(nil))}
}

func (i Ident) compare(o Ident) int {
	if c := cmp.Compare(i.ID, o.ID); c != 0 {
		return c
	}
	return bytes.Compare(i.sum[:], o.sum[:])
}
