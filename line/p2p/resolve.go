// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"iter"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
)

// maxDevices bounds the devices of one account that are called. People have a few; everybody can
// store values under an account's key, but only the account can sign announcements.
const maxDevices = 16

// devices looks an account up and yields the keys of its announced devices as they are found, each
// once. A non-nil error is the last element.
func (l *Line) devices(ctx context.Context, account identity.AccountID) iter.Seq2[*identity.PublicKey, error] {
	return func(yield func(*identity.PublicKey, error) bool) {
		seen := map[identity.DeviceID]bool{}
		for v, err := range l.cfg.DHT.Get(ctx, wire.Hash(account), value.Query{}) {
			if err != nil {
				yield(nil, err)
				return
			}
			device, ok := announced(v, account)
			if !ok || seen[identity.DeviceID(device.KeyID())] {
				continue
			}
			seen[identity.DeviceID(device.KeyID())] = true
			if device.Equal(l.cfg.Device.Key.Public()) {
				continue
			}
			if !yield(device, nil) || len(seen) >= maxDevices {
				return
			}
		}
	}
}

// announced returns the device that a value announces, if the account itself signed it.
func announced(v *value.Value, account identity.AccountID) (*identity.PublicKey, bool) {
	if !v.IsSigned() || v.IsEncrypted() || identity.AccountID(v.Owner.KeyID()) != account {
		return nil, false
	}
	if value.Verify(v) != nil {
		return nil, false
	}
	a, err := value.ParseAnnouncement(v.Data)
	if err != nil {
		return nil, false
	}
	return a.Key, true
}
