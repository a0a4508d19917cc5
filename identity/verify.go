// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"time"
)

// Verify checks that the account of the chain vouches for its device: the device certificate is not
// self-signed, every certificate was issued by the very next one, which may issue, up to the top, and
// all are valid at now. The top is taken as the trust anchor: an account is its own authority, so a
// verified chain says "this device belongs to AccountID", and the caller compares that id with the one
// it expects. The error wraps ErrChain, ErrSelfSigned, ErrNotIssued, ErrExpired or ErrNotYetValid.
//
// That the peer holds the device's private key is for the caller (TLS) to see.
func (c Chain) Verify(now time.Time) error {
	if c.device == nil || c.account == nil {
		return fmt.Errorf("%w: it holds no certificate", ErrChain)
	}
	if !bytes.Equal(c.Device.RawSubjectPublicKeyInfo, c.device.der) || !bytes.Equal(c.Account.RawSubjectPublicKeyInfo, c.account.der) {
		return fmt.Errorf("%w: its certificates were exchanged after it was parsed", ErrChain)
	}
	if c.device.Equal(c.account) || isSelfIssued(c.Device) {
		return fmt.Errorf("device %s: %w", c.device, ErrSelfSigned)
	}
	certs := c.Certificates()
	for i, cert := range certs {
		if err := checkTime(cert, now); err != nil {
			return fmt.Errorf("%s: %w", c.describe(i), err)
		}
		if len(cert.UnhandledCriticalExtensions) > 0 {
			return fmt.Errorf("%w: %s has the unknown critical extension %v", ErrChain, c.describe(i), cert.UnhandledCriticalExtensions[0])
		}
	}
	for i := range certs[1:] {
		if err := checkIssued(certs[i], certs[i+1], i); err != nil {
			return fmt.Errorf("%s: %w", c.describe(i), err)
		}
	}
	if top := certs[len(certs)-1]; isSelfIssued(top) {
		if err := top.CheckSignatureFrom(top); err != nil {
			return fmt.Errorf("%s: %w: %w", c.describe(len(certs)-1), ErrNotIssued, err)
		}
	}
	return nil
}

// describe names certificate i of the chain in an error.
func (c Chain) describe(i int) string {
	switch i {
	case 0:
		return fmt.Sprintf("certificate of device %s", c.device)
	case 1:
		return fmt.Sprintf("certificate of account %s", c.account)
	default:
		return fmt.Sprintf("certificate %d above device %s", i, c.device)
	}
}

func isSelfIssued(cert *x509.Certificate) bool {
	return bytes.Equal(cert.RawSubject, cert.RawIssuer)
}

// checkTime is RFC 5280, section 6.1.3 (a) (2).
func checkTime(cert *x509.Certificate, now time.Time) error {
	switch {
	case now.Before(cert.NotBefore):
		return fmt.Errorf("%w: it begins at %s, and now is %s", ErrNotYetValid, stamp(cert.NotBefore), stamp(now))
	case now.After(cert.NotAfter):
		return fmt.Errorf("%w: it ended at %s, and now is %s", ErrExpired, stamp(cert.NotAfter), stamp(now))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// checkIssued checks that parent issued cert: names, parent's right to issue, and the signature.
// below is the number of certificates under cert, for parent's path length limit.
func checkIssued(cert, parent *x509.Certificate, below int) error {
	if !bytes.Equal(cert.RawIssuer, parent.RawSubject) {
		return fmt.Errorf("%w: it names another issuer", ErrNotIssued)
	}
	if _, err := certificateKey(parent); err != nil {
		return fmt.Errorf("%w: issuer: %w", ErrChain, err)
	}
	if limited := parent.MaxPathLen > 0 || parent.MaxPathLenZero; limited && below > parent.MaxPathLen {
		return fmt.Errorf("%w: its issuer allows %d certificates between itself and the device", ErrNotIssued, parent.MaxPathLen)
	}
	if err := cert.CheckSignatureFrom(parent); err != nil {
		return fmt.Errorf("%w: %w", ErrNotIssued, err)
	}
	return nil
}
