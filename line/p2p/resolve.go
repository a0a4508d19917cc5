// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"iter"
	"time"

	"bellwire/dht"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
)

// maxDevices bounds the devices of one account that are called. People have a few; everybody can
// store values under an account's key, but only the account can sign announcements.
const maxDevices = 16

// joinTime is how long a call waits for the first node of the DHT to answer, after the program has
// just started or the network was away.
const joinTime = 10 * time.Second

// devices looks an account up and yields the keys of its announced devices as they are found, each
// once. A non-nil error is the last element.
func (l *Line) devices(ctx context.Context, account identity.AccountID) iter.Seq2[*identity.PublicKey, error] {
	return func(yield func(*identity.PublicKey, error) bool) {
		if err := l.join(ctx); err != nil {
			yield(nil, err)
			return
		}
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

// join waits until the node is part of the network.
func (l *Line) join(ctx context.Context) error {
	joining, cancel := context.WithTimeout(ctx, joinTime)
	defer cancel()
	err := l.cfg.DHT.WaitConnected(joining)
	if err != nil && ctx.Err() == nil {
		return dht.ErrNoNodes
	}
	return err
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
