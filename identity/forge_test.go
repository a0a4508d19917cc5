// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"

	"bellwire/identity"
	"bellwire/internal/testid"
)

// template is a certificate that may not issue others.
func template(cn string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:       big.NewInt(4711),
		Subject:            pkix.Name{CommonName: cn},
		NotBefore:          testid.Valid().NotBefore,
		NotAfter:           testid.Valid().NotAfter,
		SignatureAlgorithm: x509.SHA384WithRSA,
	}
}

// authority is a certificate that may.
func authority(cn string) *x509.Certificate {
	c := template(cn)
	c.BasicConstraintsValid, c.IsCA = true, true
	c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	return c
}

// signed makes a certificate for key, issued by parent (nil: by itself) with by's private key.
func signed(t testing.TB, c *x509.Certificate, key *identity.PrivateKey, parent *x509.Certificate, by *identity.PrivateKey) *x509.Certificate {
	t.Helper()
	return signedFor(t, c, key.Public().RSA(), parent, by)
}

func signedFor(t testing.TB, c *x509.Certificate, key crypto.PublicKey, parent *x509.Certificate, by *identity.PrivateKey) *x509.Certificate {
	t.Helper()
	if parent == nil {
		parent = c
	}
	unchecked := *parent
	unchecked.PublicKey = nil // a forger's key is not the parent's
	parent = &unchecked
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key, by.RSA())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// ellipticDevice is a device certificate of alice for a key that is not RSA.
func ellipticDevice(t testing.TB) *x509.Certificate {
	t.Helper()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	alice := testid.Account(t, "alice")
	return signedFor(t, template("Jami device"), &curve.PublicKey, alice.Cert, alice.Key)
}
