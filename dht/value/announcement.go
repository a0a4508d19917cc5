// SPDX-License-Identifier: GPL-3.0-or-later

package value

import (
	"fmt"

	"bellwire/identity"
	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

// Announcement is how an account names one of its devices: a value of user data under the account id,
// signed by the account. Its data is {"dev": bin20, "pk": bin}; unknown keys are ignored.
type Announcement struct {
	Device identity.DeviceID
	// Key is the public key of the device, from which both its ids follow.
	Key *identity.PublicKey
}

// Append appends the data of the value.
func (a Announcement) Append(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 2)
	b = msgp.AppendString(b, "dev")
	b = msgp.AppendBytes(b, a.Device[:])
	b = msgp.AppendString(b, "pk")
	return msgp.AppendBytes(b, a.Key.DER())
}

// ParseAnnouncement reads the data of an announcement; the device id must be that of the key. The caller
// checks that the value is signed by the account it was found under.
func ParseAnnouncement(b []byte) (Announcement, error) {
	r := msgpack.NewReader(b)
	var device, der []byte
	for range r.Map() {
		switch string(r.Key()) {
		case "dev":
			device = r.Bytes()
		case "pk":
			der = r.Bytes()
		default:
			r.Skip()
		}
	}
	if r.Err() != nil {
		return Announcement{}, fmt.Errorf("a device announcement: %w", ErrMalformed)
	}
	key, err := identity.ParsePublicKey(der)
	if err != nil {
		return Announcement{}, fmt.Errorf("a device announcement: %w", err)
	}
	if id := key.KeyID(); string(id[:]) != string(device) {
		return Announcement{}, fmt.Errorf("a device announcement names another device than its key: %w", ErrMalformed)
	}
	return Announcement{Device: identity.DeviceID(key.KeyID()), Key: key}, nil
}
