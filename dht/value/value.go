// SPDX-License-Identifier: GPL-3.0-or-later

package value

import (
	"bytes"
	"math/rand/v2"

	"bellwire/dht/wire"
	"bellwire/identity"
)

// MaxSize is the most bytes a value may have, see Size.
const MaxSize = 1 << 16

// Query says which values are wanted; see wire.Query.
type Query = wire.Query

// Value is one value of the DHT. A value is unsigned (Owner is nil), signed, or encrypted (Cypher is
// set and everything but ID, Priority and PushType is empty). Values are not changed once made, so they
// may be shared between goroutines.
type Value struct {
	// ID names the value among those under the same key. It is never 0.
	ID   uint64
	Type Type
	Data []byte
	// UserType is free text, often a MIME type.
	UserType string

	// Owner is the key of the signer. Sign sets it with Seq's version in place.
	Owner *identity.PublicKey
	// To is the recipient the signer meant; zero for everybody. Only with Owner.
	To identity.KeyID
	// Seq is the version of a signed value; a higher one replaces a lower one.
	Seq       uint16
	Signature []byte

	Cypher []byte

	// Priority is 0 (high) or 1; a hint for push notifications.
	Priority uint32
	// PushType is a hint for push notifications too; 3.7.8 and later.
	PushType string
}

// NewID returns a random value id, as publishers choose them. A value that may be edited keeps its id;
// everything else gets a new one, since an unsigned or encrypted value must never be put under an id that
// holds a signed one.
func NewID() uint64 {
	for {
		if id := rand.Uint64(); id != 0 {
			return id
		}
	}
}

// IsEncrypted reports whether the contents are hidden.
func (v *Value) IsEncrypted() bool { return len(v.Cypher) > 0 }

// IsSigned reports whether the value has an owner and claims a signature, which Verify checks.
func (v *Value) IsSigned() bool {
	return !v.IsEncrypted() && v.Owner != nil && len(v.Signature) > 0
}

// Size is the number of bytes that MaxSize limits.
func (v *Value) Size() int {
	return len(v.Cypher) + len(v.Data) + len(v.Signature) + len(v.UserType)
}

// OwnerID returns the key id of the owner, zero without one.
func (v *Value) OwnerID() (id wire.Hash) {
	if v.Owner != nil {
		id = wire.Hash(v.Owner.KeyID())
	}
	return id
}

// Row returns what queries see of the value.
func (v *Value) Row() wire.Row {
	return wire.Row{ID: v.ID, Type: uint16(v.Type), Owner: v.OwnerID(), Seq: v.Seq, UserType: v.UserType}
}

// Matches reports whether the value passes the filters of the query.
func (v *Value) Matches(q Query) bool { return q.Match(v.Row()) }

// SameContents reports whether both values say the same: the same cypher for encrypted values, else the
// same owner, type, data, user type and signature.
func (v *Value) SameContents(other *Value) bool {
	if v.IsEncrypted() || other.IsEncrypted() {
		return bytes.Equal(v.Cypher, other.Cypher)
	}
	return v.Owner.Equal(other.Owner) && v.Type == other.Type && bytes.Equal(v.Data, other.Data) &&
		v.UserType == other.UserType && bytes.Equal(v.Signature, other.Signature)
}
