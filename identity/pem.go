// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// The PEM form of a device is its private key and its chain; that of an account is its private key,
// the CA's private key (if we have it), its certificate and those above. The keys come in PKCS #8.
// An account's EthKey is a block of its own.
const pemEthKey = "BELLWIRE NAME OWNER KEY"

// maxBundlePEM bounds the PEM form of a device or account.
const maxBundlePEM = maxChainBytes + 2*maxPrivateKeyPEM

// bundle is what the PEM blocks of a text hold, in order.
type bundle struct {
	keys   []*PrivateKey
	certs  []*x509.Certificate
	ethKey []byte
}

func parseBundle(text []byte) (bundle, error) {
	var b bundle
	if len(text) > maxBundlePEM {
		return b, fmt.Errorf("%d bytes are more than %d", len(text), maxBundlePEM)
	}
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return b, nil
		}
		if err := b.add(block); err != nil {
			return b, err
		}
		text = rest
	}
}

func (b *bundle) add(block *pem.Block) error {
	switch block.Type {
	case pemPKCS8, pemPKCS1:
		if len(b.keys) == 2 {
			return fmt.Errorf("%w: there are more than two private keys", ErrPrivateKey)
		}
		key, err := parsePrivateKeyDER(block.Bytes)
		if err != nil {
			return err
		}
		b.keys = append(b.keys, key)
	case pemCertificate:
		if len(b.certs) == maxChainCerts {
			return fmt.Errorf("%w: there are more than %d certificates", ErrChain, maxChainCerts)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("%w: certificate %d: %w", ErrChain, len(b.certs)+1, err)
		}
		b.certs = append(b.certs, cert)
	case pemEthKey:
		b.ethKey = block.Bytes
	}
	return nil
}

// ParseDevicePEM reads what (*Device).PEM wrote. The error wraps ErrPrivateKey or ErrChain.
func ParseDevicePEM(text []byte) (*Device, error) {
	b, err := parseBundle(text)
	if err != nil {
		return nil, err
	}
	if len(b.keys) != 1 {
		return nil, fmt.Errorf("%w: there are %d private keys, a device has one", ErrPrivateKey, len(b.keys))
	}
	chain, err := NewChain(b.certs...)
	if err != nil {
		return nil, err
	}
	return NewDevice(b.keys[0], chain)
}

// PEM returns the private key, unencrypted, and the chain of the device.
func (d *Device) PEM() ([]byte, error) {
	text, err := d.Key.PEM()
	if err != nil {
		return nil, err
	}
	return d.Chain.AppendPEM(text), nil
}

// ParseAccountPEM reads what (*Account).PEM wrote. The error wraps ErrPrivateKey or ErrChain.
func ParseAccountPEM(text []byte) (*Account, error) {
	b, err := parseBundle(text)
	if err != nil {
		return nil, err
	}
	if len(b.keys) == 0 {
		return nil, fmt.Errorf("%w: there is no private key", ErrPrivateKey)
	}
	var ca *PrivateKey
	if len(b.keys) == 2 {
		ca = b.keys[1]
	}
	return NewAccountOf(b.keys[0], ca, b.certs, b.ethKey)
}

// PEM returns the secrets of the account, unencrypted, and its certificates.
func (a *Account) PEM() ([]byte, error) {
	text, err := a.Key.PEM()
	if err != nil {
		return nil, err
	}
	if a.CAKey != nil {
		ca, err := a.CAKey.PEM()
		if err != nil {
			return nil, err
		}
		text = append(text, ca...)
	}
	if len(a.EthKey) > 0 {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: pemEthKey, Bytes: a.EthKey})...)
	}
	return appendCertificates(text, a.certificates()...), nil
}
