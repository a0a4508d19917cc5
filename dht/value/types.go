// SPDX-License-Identifier: GPL-3.0-or-later

package value

import (
	"net/netip"
	"time"

	"bellwire/dht/wire"
)

// Type says what the data of a value means, how long it lives and who may change it.
type Type uint16

// Value types of OpenDHT and Jami.
const (
	UserData      Type = 0
	Message       Type = 1
	IPService     Type = 2
	IMMessage     Type = 3
	TrustRequest  Type = 4
	ICECandidates Type = 5
	Certificate   Type = 8
	UserProfile   Type = 9
)

// defaultLifetime is that of user data, encrypted values and types nobody registered.
const defaultLifetime = 10 * time.Minute

// Policy holds the rules of one type.
type Policy struct {
	Name     string
	Lifetime time.Duration
	// Verified means that a value that claims a signature is only stored when the signature is right.
	Verified bool
	// Store says whether a value may be stored under key when none has its id there. It may return
	// another value to be stored in its place. nil stands for a check of the size.
	Store func(key wire.Hash, v *Value, from netip.Addr) (*Value, bool)
	// Edit says whether v may take the place of old. nil means never.
	Edit func(key wire.Hash, old, v *Value) bool
}

// Types is the table of registered types. It is not changed once in use.
type Types struct {
	policies map[Type]Policy
}

// NewTypes returns a table with the built-in types.
func NewTypes() *Types { return &Types{policies: builtin()} }

// Register adds or replaces a type.
func (t *Types) Register(typ Type, p Policy) { t.policies[typ] = p }

// Policy returns the rules for values of a type. Types that are not registered live ten minutes, cannot
// be edited, and their signatures are not looked at.
func (t *Types) Policy(typ Type) Policy {
	if p, ok := t.policies[typ]; ok {
		return p
	}
	return Policy{Name: "unregistered", Lifetime: defaultLifetime}
}

// Lifetime returns how long a value of the type is kept after it was created or refreshed.
func (t *Types) Lifetime(typ Type) time.Duration { return t.Policy(typ).Lifetime }

func builtin() map[Type]Policy { return map[Type]Policy{} }
