// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"fmt"
	"log/slog"
)

const (
	// MinKeyBits and MaxKeyBits bound the modulus of every key. Accounts and devices have 4096 bits;
	// the upper bound keeps a hostile key from costing more than a few milliseconds.
	MinKeyBits = 2048
	MaxKeyBits = 8192

	// KeyBits is the size of the keys we make.
	KeyBits = 4096

	// minExponent is the smallest public exponent taken (FIPS 186-5, section 5.5); all keys of the
	// network have this very one.
	minExponent = 65537

	// maxPublicKeyDER is above the length of the DER form of a key of MaxKeyBits.
	maxPublicKeyDER = MaxKeyBits/8 + 64
)

// PublicKey is an RSA public key with its encoding and its ids, which are computed once. It is
// immutable and safe for concurrent use; the zero value is of no use.
type PublicKey struct {
	key  *rsa.PublicKey
	der  []byte
	id   KeyID
	long LongID
}

// ParsePublicKey reads a DER SubjectPublicKeyInfo from an untrusted source. Only RSA keys of
// MinKeyBits to MaxKeyBits are taken, and only in the one encoding DER allows, so that a key has one
// id. The error wraps ErrPublicKey. der is not kept.
func ParsePublicKey(der []byte) (*PublicKey, error) {
	if len(der) > maxPublicKeyDER {
		return nil, fmt.Errorf("%w: %d bytes are more than the %d of the longest key", ErrPublicKey, len(der), maxPublicKeyDER)
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPublicKey, err)
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: it is not an RSA key", ErrPublicKey)
	}
	return newPublicKey(key, der)
}

// newPublicKey checks key and computes its ids. der is the encoding the key came in, or nil.
func newPublicKey(key *rsa.PublicKey, der []byte) (*PublicKey, error) {
	if err := checkRSA(key); err != nil {
		return nil, err
	}
	canonical, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPublicKey, err)
	}
	if der != nil && !bytes.Equal(der, canonical) {
		return nil, fmt.Errorf("%w: it is not in DER", ErrPublicKey)
	}
	return &PublicKey{
		key:  key,
		der:  canonical,
		id:   sha1.Sum(canonical),
		long: sha256.Sum256(canonical),
	}, nil
}

func checkRSA(key *rsa.PublicKey) error {
	bits := key.N.BitLen()
	switch {
	case bits < MinKeyBits || bits > MaxKeyBits:
		return fmt.Errorf("%w: %d bits are not between %d and %d", ErrPublicKey, bits, MinKeyBits, MaxKeyBits)
	case key.N.Bit(0) == 0:
		return fmt.Errorf("%w: its modulus is even", ErrPublicKey)
	case key.E < minExponent || key.E&1 == 0 || key.E > 1<<31-1:
		return fmt.Errorf("%w: %d is not a sound public exponent", ErrPublicKey, key.E)
	}
	return nil
}

// RSA returns the key for use with crypto packages. It must not be changed.
func (p *PublicKey) RSA() *rsa.PublicKey { return p.key }

// DER returns the SubjectPublicKeyInfo, the form in which keys travel. It must not be changed.
func (p *PublicKey) DER() []byte { return p.der }

// KeyID returns the SHA-1 of DER.
func (p *PublicKey) KeyID() KeyID { return p.id }

// LongID returns the SHA-256 of DER.
func (p *PublicKey) LongID() LongID { return p.long }

// Bits returns the size of the modulus.
func (p *PublicKey) Bits() int { return p.key.N.BitLen() }

// Equal reports whether both are the same key. A nil key equals only another nil one.
func (p *PublicKey) Equal(other *PublicKey) bool {
	if p == nil || other == nil {
		return p == other
	}
	return bytes.Equal(p.der, other.der)
}

// Verify checks an RSASSA-PKCS1-v1_5 signature with SHA-512 of data. The only error is ErrSignature.
func (p *PublicKey) Verify(data, signature []byte) error {
	digest := sha512.Sum512(data)
	if err := rsa.VerifyPKCS1v15(p.key, crypto.SHA512, digest[:], signature); err != nil {
		return ErrSignature
	}
	return nil
}

// String returns the key id.
func (p *PublicKey) String() string { return p.id.String() }

// LogValue is the short form of the key id.
func (p *PublicKey) LogValue() slog.Value { return p.id.LogValue() }
