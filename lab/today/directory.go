// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"errors"
	"time"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
)

// publish announces the device under the account and its certificate under the one key of the
// generation.
func (p *Peer) publish() error {
	device := p.cfg.Device
	data := value.Announcement{Device: device.ID(), Key: device.Key.Public()}.Append(nil)
	announcement, err := value.Sign(&value.Value{ID: value.NewID(), Data: data}, p.cfg.Account.Key)
	if err != nil {
		return err
	}
	p.unpublish = []func(){
		p.cfg.DHT.Publish(wire.Hash(device.AccountID()), announcement),
		p.cfg.DHT.Publish(p.cfg.Generation.certificateKey(device.Key.Public()), value.Certificate(device.Chain)),
	}
	return nil
}

// watch hands each value under a key that is encrypted for the device to the function, once, on a
// goroutine of its own.
func (p *Peer) watch(key wire.Hash, take func(*value.Value)) {
	p.spawn(func() {
		known := map[string]bool{}
		for e := range p.cfg.DHT.Changes(p.ctx, key, value.Query{}) {
			if e.Expired || !e.Value.IsEncrypted() || known[string(e.Value.Cypher)] {
				continue
			}
			known[string(e.Value.Cypher)] = true
			plain, err := value.Decrypt(e.Value, p.cfg.Device.Key)
			if err != nil {
				continue
			}
			p.spawn(func() { take(plain) })
		}
	})
}

// send encrypts a value for a device and stores it.
func (p *Peer) send(ctx context.Context, key wire.Hash, to *identity.PublicKey, v *value.Value) error {
	v.ID = value.NewID()
	sealed, err := value.Encrypt(v, p.cfg.Device.Key, to)
	if err != nil {
		return err
	}
	return p.cfg.DHT.Put(ctx, key, sealed)
}

// announced yields the keys of the devices an account announces.
func (p *Peer) announced(ctx context.Context, account identity.AccountID) (keys []*identity.PublicKey, err error) {
	seen := map[identity.LongID]bool{}
	for v, err := range p.cfg.DHT.Get(ctx, wire.Hash(account), value.Query{}) {
		if err != nil {
			return nil, err
		}
		if !v.IsSigned() || v.IsEncrypted() || identity.AccountID(v.Owner.KeyID()) != account || value.Verify(v) != nil {
			continue
		}
		if a, err := value.ParseAnnouncement(v.Data); err == nil && !seen[a.Key.LongID()] {
			seen[a.Key.LongID()] = true
			keys = append(keys, a.Key)
		}
	}
	return keys, nil
}

var errNoCertificate = errors.New("the certificate of the device is not found")

// certificate looks for the certificate chain of a device where the generation does.
func (p *Peer) certificate(ctx context.Context, device *identity.PublicKey) (identity.Chain, error) {
	for v, err := range p.cfg.DHT.Get(ctx, p.cfg.Generation.certificateKey(device), value.Query{}) {
		if err != nil {
			return identity.Chain{}, err
		}
		text, err := value.CertificatePEM(v)
		if err != nil {
			continue
		}
		chain, err := identity.ParseChainPEM(text)
		if err == nil && chain.DeviceKey().Equal(device) && chain.Verify(time.Now()) == nil {
			return chain, nil
		}
	}
	return identity.Chain{}, errNoCertificate
}
