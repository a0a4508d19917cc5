// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"crypto/x509"
	"fmt"
	"io"
	"time"
)

// Account holds the secrets of an account of ours. Whoever has them is the account: they stay in the
// archive and are needed only to add a device, to announce one, or to register a name.
type Account struct {
	Key  *PrivateKey
	Cert *x509.Certificate

	// CAKey and CA are the authority that issued Cert. Accounts of an organisation come without CAKey;
	// an account whose certificate is self-issued has neither.
	CAKey *PrivateKey
	CA    *x509.Certificate
	// Upper are the certificates above CA, for accounts of an organisation.
	Upper []*x509.Certificate

	// EthKey is the secp256k1 private key (32 bytes) that owns the account's registered name.
	EthKey []byte
}

// NewAccount makes an account whose certificates are valid for ten years from now. It makes two RSA
// keys, which takes seconds.
func NewAccount(random io.Reader, now time.Time) (*Account, error) {
	ca, err := NewPrivateKey(random, KeyBits)
	if err != nil {
		return nil, err
	}
	key, err := NewPrivateKey(random, KeyBits)
	if err != nil {
		return nil, err
	}
	return AssembleAccount(random, ca, key, ValidFrom(now))
}

// AssembleAccount makes an account of keys that exist already: new certificates and a new EthKey.
func AssembleAccount(random io.Reader, ca, key *PrivateKey, valid Validity) (*Account, error) {
	top, err := issue(random, subject{caName, ca.Public(), true}, issuer{nil, ca}, valid)
	if err != nil {
		return nil, err
	}
	cert, err := issue(random, subject{accountName, key.Public(), true}, issuer{top, ca}, valid)
	if err != nil {
		return nil, err
	}
	eth, err := newEthKey(random)
	if err != nil {
		return nil, err
	}
	return &Account{Key: key, Cert: cert, CAKey: ca, CA: top, EthKey: eth}, nil
}

// NewAccountOf joins the parts of an account that exists already: its key, the CA's key or nil, its
// certificates (its own first, each followed by its issuer) and its EthKey or nil. The error wraps
// ErrChain or ErrNotIssued when they do not belong together.
func NewAccountOf(key, caKey *PrivateKey, certs []*x509.Certificate, ethKey []byte) (*Account, error) {
	switch {
	case len(certs) == 0:
		return nil, fmt.Errorf("%w: the account certificate is missing", ErrChain)
	case len(certs) >= maxChainCerts:
		return nil, fmt.Errorf("%w: %d certificates are more than %d", ErrChain, len(certs), maxChainCerts-1)
	case len(ethKey) != 0 && len(ethKey) != ethKeyLen:
		return nil, fmt.Errorf("%w: the name owner key has %d bytes, not %d", ErrPrivateKey, len(ethKey), ethKeyLen)
	}
	if !isFor(certs[0], key) {
		return nil, fmt.Errorf("%w: the account certificate is not for the account's key", ErrChain)
	}
	if !certs[0].IsCA {
		return nil, fmt.Errorf("%w: the account certificate may not issue those of devices", ErrChain)
	}
	for i := range certs[1:] {
		if err := checkIssued(certs[i], certs[i+1], i+1); err != nil {
			return nil, fmt.Errorf("certificate %d of account %s: %w", i+1, key.Public(), err)
		}
	}
	a := &Account{Key: key, Cert: certs[0], EthKey: ethKey}
	if len(certs) > 1 {
		a.CA, a.Upper = certs[1], certs[2:]
	}
	if caKey != nil {
		if a.CA == nil || !isFor(a.CA, caKey) {
			return nil, fmt.Errorf("%w: the CA's key is not that of the account's issuer", ErrChain)
		}
		a.CAKey = caKey
	}
	return a, nil
}

// isFor reports whether the certificate is for the key.
func isFor(cert *x509.Certificate, key *PrivateKey) bool {
	public, err := certificateKey(cert)
	return err == nil && public.Equal(key.Public())
}

// ID returns the account id.
func (a *Account) ID() AccountID { return AccountID(a.Key.Public().KeyID()) }

// NewDevice makes a device of the account: a new RSA key, which takes about a second, and a
// certificate valid for ten years from now.
func (a *Account) NewDevice(random io.Reader, now time.Time) (*Device, error) {
	key, err := NewPrivateKey(random, KeyBits)
	if err != nil {
		return nil, err
	}
	return a.IssueDevice(random, key, ValidFrom(now))
}

// IssueDevice makes a device of the account of a key that exists already.
func (a *Account) IssueDevice(random io.Reader, key *PrivateKey, valid Validity) (*Device, error) {
	cert, err := issue(random, subject{deviceName, key.Public(), false}, issuer{a.Cert, a.Key}, valid)
	if err != nil {
		return nil, err
	}
	certs := append([]*x509.Certificate{cert}, a.certificates()...)
	chain, err := NewChain(certs...)
	if err != nil {
		return nil, fmt.Errorf("issue a device of account %s: %w", a.ID(), err)
	}
	return NewDevice(key, chain)
}

// certificates returns the chain above a device, the account's first.
func (a *Account) certificates() []*x509.Certificate {
	certs := []*x509.Certificate{a.Cert}
	if a.CA != nil {
		certs = append(certs, a.CA)
	}
	return append(certs, a.Upper...)
}
