// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"crypto/tls"
	"fmt"
)

// Device is a device of ours: its private key and its chain.
type Device struct {
	Key   *PrivateKey
	Chain Chain
}

// NewDevice joins a key and the chain made for it. The error wraps ErrChain when they do not belong
// together.
func NewDevice(key *PrivateKey, chain Chain) (*Device, error) {
	if !key.Public().Equal(chain.DeviceKey()) {
		return nil, fmt.Errorf("%w: its device certificate is not for the device's key", ErrChain)
	}
	return &Device{Key: key, Chain: chain}, nil
}

// ID returns the short device id.
func (d *Device) ID() DeviceID { return d.Chain.DeviceID() }

// LongID returns the long device id.
func (d *Device) LongID() LongID { return d.Chain.LongID() }

// AccountID returns the id of the account the device belongs to.
func (d *Device) AccountID() AccountID { return d.Chain.AccountID() }

// TLSCertificate returns what a TLS end presents to prove that it is this device.
func (d *Device) TLSCertificate() tls.Certificate {
	return tls.Certificate{Certificate: d.Chain.DER(), PrivateKey: d.Key.RSA(), Leaf: d.Chain.Device}
}
