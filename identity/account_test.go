// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"testing"
	"time"

	"bellwire/identity"
	"bellwire/internal/testid"
)

// TestCertificatesAreLikeTheRecordedOnes compares what we issue with what the real daemon issued.
func TestCertificatesAreLikeTheRecordedOnes(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 45, 19, 123456789, time.UTC)
	account := must[*identity.Account](t)(identity.AssembleAccount(randomSource, testid.Key2048(t, 0), testid.Key2048(t, 1), identity.ValidFrom(now)))
	device := must[*identity.Device](t)(account.IssueDevice(randomSource, testid.Key2048(t, 2), identity.ValidFrom(now)))
	theirs := must[identity.Chain](t)(identity.ParseChainPEM(recorded(t, "jami/a-device-chain.pem"))).Certificates()

	for i, ours := range device.Chain.Certificates() {
		want := theirs[i]
		if ours.Version != 3 || ours.SignatureAlgorithm != want.SignatureAlgorithm || want.SignatureAlgorithm != x509.SHA384WithRSA {
			t.Errorf("certificate %d: version %d, %v", i, ours.Version, ours.SignatureAlgorithm)
		}
		if ours.SerialNumber.Sign() <= 0 || ours.SerialNumber.BitLen() > 64 {
			t.Errorf("certificate %d: serial number %v", i, ours.SerialNumber)
		}
		if len(ours.Subject.Names) != 2 || ours.Subject.Names[0].Value != want.Subject.Names[0].Value ||
			!ours.Subject.Names[1].Type.Equal(want.Subject.Names[1].Type) {
			t.Errorf("certificate %d: subject %v, want one like %v", i, ours.Subject, want.Subject)
		}
		if got, want := ours.NotAfter.Sub(ours.NotBefore), want.NotAfter.Sub(want.NotBefore); got != want {
			t.Errorf("certificate %d: valid for %v, want %v", i, got, want)
		}
		if ours.IsCA != want.IsCA || ours.BasicConstraintsValid != want.BasicConstraintsValid || ours.KeyUsage != want.KeyUsage ||
			len(ours.SubjectKeyId) != len(want.SubjectKeyId) {
			t.Errorf("certificate %d: CA %v, usage %v, subject key id %x", i, ours.IsCA, ours.KeyUsage, ours.SubjectKeyId)
		}
		if len(ours.Extensions) > len(want.Extensions)+1 { // ours also names the issuer's key
			t.Errorf("certificate %d: %d extensions, theirs has %d", i, len(ours.Extensions), len(want.Extensions))
		}
		for _, e := range ours.Extensions {
			for _, w := range want.Extensions {
				if e.Id.Equal(w.Id) && e.Critical != w.Critical {
					t.Errorf("certificate %d: extension %v critical: %v", i, e.Id, e.Critical)
				}
			}
		}
	}
	if err := device.Chain.Verify(now); err != nil {
		t.Errorf("at the very moment it is made: %v", err)
	}
	if uidOf(t, device.Chain.Device) != device.ID().String() || uidOf(t, device.Chain.CA) != account.CAKey.Public().KeyID().String() {
		t.Error("a UID is not the key id")
	}
}

func TestNewAccount(t *testing.T) {
	if testing.Short() {
		t.Skip("makes RSA keys of 4096 bits")
	}
	now := time.Now()
	account := must[*identity.Account](t)(identity.NewAccount(randomSource, now))
	device := must[*identity.Device](t)(account.NewDevice(randomSource, now))
	if err := device.Chain.Verify(now); err != nil {
		t.Error(err)
	}
	if device.AccountID() != account.ID() || device.Key.Public().Bits() != 4096 || len(account.EthKey) != 32 {
		t.Errorf("%v, %d bits", device, device.Key.Public().Bits())
	}
}

// TestGoMadeIdentity: an identity the real daemon accepted in a call.
func TestGoMadeIdentity(t *testing.T) {
	text := recorded(t, "jami/go-made-identity.pem")
	var keys []*identity.PrivateKey
	var certs []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			certs = append(certs, must[*x509.Certificate](t)(x509.ParseCertificate(block.Bytes)))
		} else {
			keys = append(keys, must[*identity.PrivateKey](t)(identity.ParsePrivateKeyPEM(pem.EncodeToMemory(block))))
		}
	}
	chain := must[identity.Chain](t)(identity.NewChain(certs[2], certs[1], certs[0]))
	device := must[*identity.Device](t)(identity.NewDevice(keys[2], chain))
	if err := device.Chain.Verify(recordedAt); err != nil {
		t.Error(err)
	}
	if _, err := identity.NewAccountOf(keys[1], keys[0], certs[1:2], nil); !errors.Is(err, identity.ErrChain) {
		t.Errorf("a CA key without its certificate: %v", err)
	}
}

func TestNewAccountOfRefuses(t *testing.T) {
	alice, bob := testid.Account(t, "alice"), testid.Account(t, "bob")
	for _, tc := range []struct {
		name    string
		key, ca *identity.PrivateKey
		certs   []*x509.Certificate
		eth     []byte
		want    error
	}{
		{"no certificate", alice.Key, nil, nil, nil, identity.ErrChain},
		{"bob's certificate", alice.Key, nil, list(bob.Cert, bob.CA), nil, identity.ErrChain},
		{"bob's CA", alice.Key, nil, list(alice.Cert, bob.CA), nil, identity.ErrNotIssued},
		{"bob's CA key", alice.Key, bob.CAKey, list(alice.Cert, alice.CA), nil, identity.ErrChain},
		{"an owner key cut", alice.Key, nil, list(alice.Cert, alice.CA), make([]byte, 31), identity.ErrPrivateKey},
	} {
		if _, err := identity.NewAccountOf(tc.key, tc.ca, tc.certs, tc.eth); !errors.Is(err, tc.want) {
			t.Errorf("%s: error %v, want %v", tc.name, err, tc.want)
		}
	}
	if _, err := identity.NewDevice(alice.Key, testid.Device(t, "alice").Chain); !errors.Is(err, identity.ErrChain) {
		t.Errorf("a device with another key: %v", err)
	}
}

func TestPEMForms(t *testing.T) {
	for _, name := range []string{"alice", "bob", "carol"} {
		account := testid.Account(t, name)
		text := must[[]byte](t)(account.PEM())
		again := must[*identity.Account](t)(identity.ParseAccountPEM(text))
		if again.ID() != account.ID() || string(again.EthKey) != string(account.EthKey) || !again.CAKey.Public().Equal(account.CAKey.Public()) {
			t.Errorf("account %s came back as %v", name, again)
		}
		if _, err := identity.ParseDevicePEM(text); err == nil {
			t.Error("an account was read as a device")
		}
		deviceText := must[[]byte](t)(testid.Device(t, name).PEM())
		if _, err := identity.ParseAccountPEM(deviceText); err == nil {
			t.Error("a device was read as an account")
		}
	}
}

// TestTLS shows that a device's certificate serves both ends of TLS, and carries the whole chain.
func TestTLS(t *testing.T) {
	alice, bob := testid.Device(t, "alice"), testid.Device(t, "bob")
	client, server := net.Pipe()
	seen := make(chan error, 1)
	check := func(want *identity.Device) func(tls.ConnectionState) error {
		return func(state tls.ConnectionState) error {
			var der [][]byte
			for _, cert := range state.PeerCertificates {
				der = append(der, cert.Raw)
			}
			chain, err := identity.ParseChainDER(der)
			if err != nil {
				return err
			}
			if chain.LongID() != want.LongID() {
				return errors.New("another device")
			}
			return chain.Verify(verifyAt)
		}
	}
	config := func(own, peer *identity.Device) *tls.Config {
		return &tls.Config{
			Certificates:       []tls.Certificate{own.TLSCertificate()},
			InsecureSkipVerify: true, // the check below takes its place
			ClientAuth:         tls.RequireAnyClientCert,
			MinVersion:         tls.VersionTLS13,
			VerifyConnection:   check(peer),
		}
	}
	go func() {
		end := tls.Server(server, config(bob, alice))
		err := end.Handshake()
		if err == nil {
			_, err = end.Write([]byte{1})
		}
		seen <- err
		_ = server.Close()
	}()
	end := tls.Client(client, config(alice, bob))
	if _, err := end.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
	if err := <-seen; err != nil {
		t.Error(err)
	}
	_ = client.Close()
}
