// SPDX-License-Identifier: GPL-3.0-or-later

package offer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/link"
)

// Keys returns where a device looks for offers and answers: the key of old Jami versions and
// today's.
func Keys(device *identity.PublicKey) [2]wire.Hash {
	return [2]wire.Hash{
		wire.KeyOf([]byte("peer:" + device.KeyID().String())),
		wire.KeyOf([]byte("peer:" + device.LongID().String())),
	}
}

// answerID returns the id of the value that carries the answer to an offer, so that the offering
// end knows the answer among whatever else is put under its keys. Jami's is random.
func answerID(o link.Offer) uint64 {
	half, ok := o.Halves[link.QUIC]
	if !ok {
		return value.NewID()
	}
	mac := hmac.New(sha256.New, []byte(half.Pwd))
	mac.Write([]byte("bellwire answer value"))
	return max(1, binary.BigEndian.Uint64(mac.Sum(nil)))
}
