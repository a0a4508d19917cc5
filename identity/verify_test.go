// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"testing"
	"time"

	"bellwire/identity"
	"bellwire/internal/testid"
)

// verifyAt is inside the validity of the fixtures.
var verifyAt = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// TestVerify goes through what an attacker, or a careless person, can present as a chain.
func TestVerify(t *testing.T) {
	alice, bob := testid.Account(t, "alice"), testid.Account(t, "bob")
	device, alien := testid.Device(t, "alice").Chain, testid.Device(t, "bob").Chain
	mallory, free := testid.Key2048(t, 0), testid.Key2048(t, 1)

	// Mallory has names and ids of alice in certificates that mallory signed.
	fakeCA := signed(t, likeness(alice.CA), mallory, nil, mallory)
	fakeAccount := signed(t, likeness(alice.Cert), mallory, fakeCA, mallory)
	forged := signed(t, template("Jami device"), free, alice.Cert, mallory)
	byDevice := signed(t, template("Jami device"), free, device.Device, testid.Device(t, "alice").Key)
	noSign := authority("Jami")
	noSign.KeyUsage = x509.KeyUsageCRLSign
	noSignAccount := signed(t, noSign, mallory, nil, mallory)
	shortPath := authority("top")
	shortPath.MaxPathLenZero = true
	shortTop := signed(t, shortPath, mallory, nil, mallory)
	underShort := signed(t, authority("middle"), free, shortTop, mallory)
	critical := template("Jami device")
	critical.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
	expired := identity.Validity{NotBefore: verifyAt.Add(-time.Hour), NotAfter: verifyAt.Add(-time.Second)}
	future := identity.Validity{NotBefore: verifyAt.Add(time.Second), NotAfter: verifyAt.Add(time.Hour)}
	oldAccount := reissued(t, alice, mallory, expired)

	for _, tc := range []struct {
		name  string
		certs []*x509.Certificate
		want  error
	}{
		{"alice's own", device.Certificates(), nil},
		{"without the CA, the account as its top", device.Certificates()[:2], nil},
		{"a second device", testid.Device(t, "alice2").Chain.Certificates(), nil},
		{"a device without an account of its own kind, self-signed", list(signed(t, template("x"), free, nil, free), alice.Cert, alice.CA), identity.ErrSelfSigned},
		{"the account as its own device", list(alice.Cert, alice.Cert, alice.CA), identity.ErrSelfSigned},
		{"the CA as device", list(alice.CA, alice.CA), identity.ErrSelfSigned},
		{"the account's key under its CA as device", list(alice.Cert, alice.CA), nil},
		{"another account's device", list(alien.Device, alice.Cert, alice.CA), identity.ErrNotIssued},
		{"alice's name, mallory's signature", list(forged, alice.Cert, alice.CA), identity.ErrNotIssued},
		{"mallory's account between", list(signed(t, template("d"), free, fakeAccount, mallory), alice.Cert, alice.CA), identity.ErrNotIssued},
		{"alice's account as decoration", list(signed(t, template("d"), free, fakeAccount, mallory), alice.Cert, fakeAccount, fakeCA), identity.ErrNotIssued},
		{"alice's account under mallory's CA", list(device.Device, alice.Cert, fakeCA), identity.ErrNotIssued},
		{"bob's CA on top", list(device.Device, alice.Cert, bob.CA), identity.ErrNotIssued},
		{"the CA twice", list(device.Device, alice.Cert, alice.CA, alice.CA), nil},
		{"account and CA exchanged", list(device.Device, alice.CA, alice.Cert), identity.ErrNotIssued},
		{"a device that issued a device", list(byDevice, device.Device, alice.Cert, alice.CA), identity.ErrNotIssued},
		{"an issuer without the right to sign", list(signed(t, template("d"), free, noSignAccount, mallory), noSignAccount), identity.ErrNotIssued},
		{"a path longer than allowed", list(signed(t, template("d"), testid.Key2048(t, 2), underShort, free), underShort, shortTop), identity.ErrNotIssued},
		{"a path just as long as allowed", list(signed(t, template("d"), free, shortTop, mallory), shortTop), nil},
		{"an unknown critical extension", list(signed(t, critical, free, alice.Cert, alice.Key), alice.Cert, alice.CA), identity.ErrChain},
		{"an expired device", testid.Issue(t, alice, free, expired).Chain.Certificates(), identity.ErrExpired},
		{"a device of tomorrow", testid.Issue(t, alice, free, future).Chain.Certificates(), identity.ErrNotYetValid},
		{"an expired account", testid.Issue(t, oldAccount, free, testid.Valid()).Chain.Certificates(), identity.ErrExpired},
		{"a top that did not sign itself", list(device.Device, alice.Cert, signed(t, likeness(alice.CA), alice.CAKey, alice.CA, mallory)), identity.ErrNotIssued},
	} {
		t.Run(tc.name, func(t *testing.T) {
			chain, err := identity.NewChain(tc.certs...)
			if err != nil {
				t.Fatalf("does not even parse: %v", err)
			}
			if err := chain.Verify(verifyAt); !errors.Is(err, tc.want) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
		})
	}
}

// TestVerifyNamesTheDirectIssuer: an account id is the one of the certificate that issued the device,
// whatever else the chain holds.
func TestVerifyNamesTheDirectIssuer(t *testing.T) {
	mallory, free := testid.Key2048(t, 0), testid.Key2048(t, 1)
	alice := testid.Account(t, "alice")
	account := signed(t, authority("Jami"), mallory, alice.CA, alice.CAKey) // the CA's second account
	device := signed(t, template("Jami device"), free, account, mallory)
	chain := must[identity.Chain](t)(identity.NewChain(device, account, alice.CA))
	if err := chain.Verify(verifyAt); err != nil {
		t.Fatal(err)
	}
	if chain.AccountID() == alice.ID() || chain.AccountID() != identity.AccountID(mallory.Public().KeyID()) {
		t.Errorf("the account is %s", chain.AccountID())
	}
}

// TestChangedChainDoesNotVerify: the fields are open, the verdict follows the keys parsed.
func TestChangedChainDoesNotVerify(t *testing.T) {
	chain := testid.Device(t, "alice").Chain
	chain.Account = testid.Device(t, "bob").Chain.Account
	if err := chain.Verify(verifyAt); err == nil {
		t.Errorf("a chain with an exchanged account verifies as %s", chain.AccountID())
	}
	chain = testid.Device(t, "alice").Chain
	bob := testid.Device(t, "bob").Chain
	chain.Device, chain.Account, chain.CA = bob.Device, bob.Account, bob.CA
	if err := chain.Verify(verifyAt); err == nil {
		t.Errorf("bob's certificates verify as %s", chain.AccountID())
	}
}

func list(certs ...*x509.Certificate) []*x509.Certificate { return certs }

// likeness is a template with the names of a certificate.
func likeness(cert *x509.Certificate) *x509.Certificate {
	c := authority("")
	c.RawSubject = cert.RawSubject
	c.SubjectKeyId = cert.SubjectKeyId
	return c
}

// reissued is the account with certificates of another validity.
func reissued(t *testing.T, account *identity.Account, ca *identity.PrivateKey, valid identity.Validity) *identity.Account {
	t.Helper()
	return must[*identity.Account](t)(identity.AssembleAccount(randomSource, ca, account.Key, valid))
}
