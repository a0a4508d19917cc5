// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"time"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
)

// retryAnnounce is how long to wait after nobody stored the announcement: the node has just joined
// and knows too few others, or the network is away.
const retryAnnounce = 500 * time.Millisecond

// Announce returns the value by which an account makes a device of it known, signed by the account.
// It stays valid for the life of the account, so it is made once and kept: the account's key is not
// needed to announce the device again.
func Announce(account *identity.Account, device *identity.Device) (*value.Value, error) {
	data := value.Announcement{Device: device.ID(), Key: device.Key.Public()}.Append(nil)
	return value.Sign(&value.Value{ID: value.NewID(), Data: data}, account.Key)
}

// publish keeps the device findable: its announcement under the account, and its certificate under
// both keys that versions of Jami look at.
func (l *Line) publish() {
	node, chain := l.cfg.DHT, l.cfg.Device.Chain
	l.unpublish = append(l.unpublish, node.Publish(wire.Hash(l.account), l.cfg.Announcement))
	for _, key := range value.CertificateKeys(chain.DeviceKey()) {
		l.unpublish = append(l.unpublish, node.Publish(key, value.Certificate(chain)))
	}
}

// confirm finds out when the announcement is stored in the network.
func (l *Line) confirm() {
	for {
		if l.cfg.DHT.WaitConnected(l.ctx) != nil {
			return
		}
		if l.cfg.DHT.Put(l.ctx, wire.Hash(l.account), l.cfg.Announcement) == nil {
			close(l.ready)
			return
		}
		select {
		case <-time.After(retryAnnounce):
		case <-l.ctx.Done():
			return
		}
	}
}

// Ready returns when the device is announced in the network, so that callers find it.
func (l *Line) Ready(ctx context.Context) error {
	select {
	case <-l.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ctx.Done():
		return context.Canceled
	}
}
