// SPDX-License-Identifier: GPL-3.0-or-later

// Package ca makes authorities and the certificates of servers for tests, good ones and each kind of
// bad one.
package ca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority signs certificates. Its own is in a file.
type Authority struct {
	File        string // PEM
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	dir         string
	issued      int64
}

// Pair is a certificate, followed by those above it, and its key, in PEM files.
type Pair struct {
	CertificateFile, KeyFile string
}

// Kind says what is wrong with a certificate.
type Kind string

// Kinds of certificates. One of an authority that the other side does not know is a Good one by another
// Authority.
const (
	Good       Kind = "good"
	Expired    Kind = "expired"
	NotYet     Kind = "not yet valid"
	WrongName  Kind = "of another name" // no name nor address is the right one
	SelfSigned Kind = "self-signed"
	ForClients Kind = "for clients" // its extended key usage has no servers
	NameOnly   Kind = "with the name as CN only"
)

// New makes an authority whose files end with the test.
func New(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{dir: t.TempDir(), key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "lab"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der := sign(t, template, template, a.key, a.key)
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a.Certificate = certificate
	a.File = filepath.Join(a.dir, "ca.pem")
	write(t, a.File, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a
}

// Pool returns the authority as the only one that is trusted.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

// Issue makes a certificate for names and addresses.
func (a *Authority) Issue(t testing.TB, kind Kind, names []string, addrs ...netip.Addr) Pair {
	t.Helper()
	a.issued++
	key := newKey(t)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1 + a.issued),
		DNSNames:     names,
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if len(names) > 0 {
		c.Subject.CommonName = names[0]
	}
	for _, addr := range addrs {
		c.IPAddresses = append(c.IPAddresses, addr.AsSlice())
	}
	above, signer := a.Certificate, a.key
	switch kind {
	case Expired:
		c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
	case NotYet:
		c.NotBefore = time.Now().Add(12 * time.Hour)
	case WrongName:
		c.Subject.CommonName, c.DNSNames, c.IPAddresses = "other.test", []string{"other.test"}, nil
	case SelfSigned:
		above, signer = c, key
	case ForClients:
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	case NameOnly:
		c.DNSNames, c.IPAddresses = nil, nil
	}
	der := sign(t, c, above, key, signer)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(a.dir, c.SerialNumber.String())
	p := Pair{CertificateFile: base + ".pem", KeyFile: base + ".key"}
	write(t, p.CertificateFile, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, p.KeyFile, &pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	return p
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t testing.TB, c, above *x509.Certificate, key, signer *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, above, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func write(t testing.TB, name string, block *pem.Block) {
	t.Helper()
	if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
}
