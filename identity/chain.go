// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"log/slog"
)

// Chain is a device certificate and those above it, each issued by the next. A chain that was parsed
// proves nothing before Verify.
type Chain struct {
	Device  *x509.Certificate
	Account *x509.Certificate   // the direct issuer of Device
	CA      *x509.Certificate   // the issuer of Account; nil when Account is the top
	Upper   []*x509.Certificate // what issued CA, in order; empty but for accounts of an organisation

	device, account *PublicKey
}

// ParseChainDER reads certificates as TLS carries them: the device's first, each followed by its
// issuer. The error wraps ErrChain, or ErrSelfSigned when the device certificate comes alone and is
// self-signed.
func ParseChainDER(certs [][]byte) (Chain, error) {
	parsed, err := parseCertificatesDER(certs)
	if err != nil {
		return Chain{}, err
	}
	return NewChain(parsed...)
}

// ParseChainPEM reads the concatenated PEM certificates of a chain in the order of ParseChainDER.
// Other PEM blocks are skipped. The errors are those of ParseChainDER.
func ParseChainPEM(text []byte) (Chain, error) {
	parsed, err := parseCertificates(text)
	if err != nil {
		return Chain{}, err
	}
	return NewChain(parsed...)
}

// NewChain makes a chain of certificates already parsed, in the order of ParseChainDER. The errors are
// those of ParseChainDER.
func NewChain(certs ...*x509.Certificate) (Chain, error) {
	switch {
	case len(certs) == 0:
		return Chain{}, fmt.Errorf("%w: it holds no certificate", ErrChain)
	case len(certs) > maxChainCerts:
		return Chain{}, fmt.Errorf("%w: %d certificates are more than %d", ErrChain, len(certs), maxChainCerts)
	case len(certs) == 1 && bytes.Equal(certs[0].RawIssuer, certs[0].RawSubject):
		return Chain{}, fmt.Errorf("%w and comes alone", ErrSelfSigned)
	case len(certs) == 1:
		return Chain{}, fmt.Errorf("%w: the account certificate is missing", ErrChain)
	}
	c := Chain{Device: certs[0], Account: certs[1]}
	if len(certs) > 2 {
		c.CA, c.Upper = certs[2], certs[3:]
	}
	var err error
	if c.device, err = certificateKey(c.Device); err != nil {
		return Chain{}, fmt.Errorf("%w: device certificate: %w", ErrChain, err)
	}
	if c.account, err = certificateKey(c.Account); err != nil {
		return Chain{}, fmt.Errorf("%w: account certificate: %w", ErrChain, err)
	}
	return c, nil
}

// certificateKey returns the public key of a certificate; keys that are no accounts' or devices' are
// refused.
func certificateKey(cert *x509.Certificate) (*PublicKey, error) {
	return ParsePublicKey(cert.RawSubjectPublicKeyInfo)
}

// IsZero reports whether the chain was never set.
func (c Chain) IsZero() bool { return c.Device == nil }

// Certificates returns all certificates, device first.
func (c Chain) Certificates() []*x509.Certificate {
	if c.IsZero() {
		return nil
	}
	certs := []*x509.Certificate{c.Device, c.Account}
	if c.CA != nil {
		certs = append(certs, c.CA)
	}
	return append(certs, c.Upper...)
}

// DER returns the certificates as TLS carries them.
func (c Chain) DER() [][]byte {
	var out [][]byte
	for _, cert := range c.Certificates() {
		out = append(out, cert.Raw)
	}
	return out
}

// AppendPEM appends the certificates as concatenated PEM blocks, device first.
func (c Chain) AppendPEM(b []byte) []byte { return appendCertificates(b, c.Certificates()...) }

// DeviceKey returns the public key of the device, nil for the zero chain.
func (c Chain) DeviceKey() *PublicKey { return c.device }

// AccountKey returns the public key of the account, nil for the zero chain.
func (c Chain) AccountKey() *PublicKey { return c.account }

// DeviceID returns the short id of the device, zero for the zero chain.
func (c Chain) DeviceID() DeviceID {
	if c.device == nil {
		return DeviceID{}
	}
	return DeviceID(c.device.id)
}

// LongID returns the long id of the device, zero for the zero chain.
func (c Chain) LongID() LongID {
	if c.device == nil {
		return LongID{}
	}
	return c.device.long
}

// AccountID returns the id of the account, zero for the zero chain.
func (c Chain) AccountID() AccountID {
	if c.account == nil {
		return AccountID{}
	}
	return AccountID(c.account.id)
}

// LogValue shows the short ids of the account and the device.
func (c Chain) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("account", c.AccountID()), slog.Any("device", c.DeviceID()))
}
