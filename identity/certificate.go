// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"time"
)

// Common names of the three kinds of certificates, as every client of the network writes them.
const (
	caName      = "Jami CA"
	accountName = "Jami"
	deviceName  = "Jami device"
)

// validFor is how long the certificates we make are valid.
const validFor = 3650 * 24 * time.Hour

// oidUID is the attribute userid (RFC 4519, section 2.39), which holds the key id of a subject.
var oidUID = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}

// Validity is the time in which a certificate is good, both ends included. X.509 counts whole seconds.
type Validity struct{ NotBefore, NotAfter time.Time }

// ValidFrom returns the ten years from now that the certificates of the network have.
func ValidFrom(now time.Time) Validity {
	return Validity{NotBefore: now, NotAfter: now.Add(validFor)}
}

// subject says whose certificate is to be made.
type subject struct {
	name      string
	key       *PublicKey
	authority bool // may issue certificates itself
}

// issuer is who makes it: its certificate (nil for a self-issued one) and its key.
type issuer struct {
	cert *x509.Certificate
	key  *PrivateKey
}

// issue makes one certificate: X.509 v3, SHA-384 with RSA, subject CN then UID, and for those who may
// issue others basic constraints, key usage and subject key id.
func issue(random io.Reader, to subject, by issuer, valid Validity) (*x509.Certificate, error) {
	serial, err := newSerial(random)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:       serial,
		Subject:            distinguishedName(to.name, to.key.KeyID()),
		NotBefore:          valid.NotBefore,
		NotAfter:           valid.NotAfter,
		SignatureAlgorithm: x509.SHA384WithRSA,
	}
	if to.authority {
		id := sha1.Sum(to.key.DER())
		template.SubjectKeyId = id[:]
		template.BasicConstraintsValid = true
		template.IsCA = true
		template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	}
	parent := by.cert
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(random, template, parent, to.key.RSA(), by.key.RSA())
	if err != nil {
		return nil, fmt.Errorf("issue the certificate %q of key %s: %w", to.name, to.key, err)
	}
	return x509.ParseCertificate(der)
}

// newSerial draws 8 random bytes and makes them a positive number: many programs refuse a negative or
// zero serial (RFC 5280, section 4.1.2.2).
func newSerial(random io.Reader) (*big.Int, error) {
	var raw [8]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return nil, fmt.Errorf("draw a serial number: %w", err)
	}
	n := binary.BigEndian.Uint64(raw[:]) &^ (1 << 63)
	return new(big.Int).SetUint64(max(n, 1)), nil
}

func distinguishedName(cn string, uid KeyID) pkix.Name {
	return pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
		{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: cn},
		{Type: oidUID, Value: uid.String()},
	}}
}
