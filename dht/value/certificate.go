// SPDX-License-Identifier: GPL-3.0-or-later

package value

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

// CertificateID is the value id certificates are published with.
const CertificateID = 1

// CertificateKeys returns the two keys under which the certificate of a public key is published and
// looked for: its key id, used until OpenDHT 3.4, and the SHA-1 of its long id, used since 3.5.
func CertificateKeys(key *identity.PublicKey) [2]wire.Hash {
	long := key.LongID()
	return [2]wire.Hash{wire.Hash(key.KeyID()), wire.KeyOf(long[:])}
}

// Certificate returns the value that publishes a chain, from the device up. It is to be stored under both
// CertificateKeys of the device's key.
func Certificate(chain identity.Chain) *Value {
	text := chain.AppendPEM(nil)
	return &Value{ID: CertificateID, Type: CertificateType, Data: msgp.AppendBytes(nil, text)}
}

// CertificatePEM returns the PEM text in the data of a certificate value, which wraps it in MessagePack.
func CertificatePEM(v *Value) ([]byte, error) {
	if v.Type != CertificateType {
		return nil, fmt.Errorf("value %d is not a certificate: %w", v.ID, ErrMalformed)
	}
	r := msgpack.NewReader(v.Data)
	text := r.Bytes()
	if r.Err() != nil {
		return nil, fmt.Errorf("the certificate value %d: %w", v.ID, ErrMalformed)
	}
	return text, nil
}

// certificateKeys returns CertificateKeys for the first certificate of a value, of which nothing but the
// public key is looked at.
func certificateKeys(v *Value) (keys [2]wire.Hash, err error) {
	text, err := CertificatePEM(v)
	if err != nil {
		return keys, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return keys, fmt.Errorf("the certificate value %d holds no certificate: %w", v.ID, ErrMalformed)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return keys, fmt.Errorf("the certificate value %d: %w: %w", v.ID, ErrMalformed, err)
	}
	long := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return [2]wire.Hash{sha1.Sum(cert.RawSubjectPublicKeyInfo), wire.KeyOf(long[:])}, nil
}
