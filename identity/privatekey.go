// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
)

// maxPrivateKeyPEM is above the length of the PEM form of a key of MaxKeyBits.
const maxPrivateKeyPEM = 8 << 10

// PEM block types of private keys: PKCS #8 is written; PKCS #1 is read as well.
const (
	pemPKCS8 = "PRIVATE KEY"
	pemPKCS1 = "RSA PRIVATE KEY"
)

// PrivateKey is an RSA key pair. It is immutable and safe for concurrent use. Printing or logging it
// shows its key id only.
type PrivateKey struct {
	key    *rsa.PrivateKey
	public *PublicKey
}

// NewPrivateKey makes a key pair of the given size; KeyBits is what accounts and devices have and
// takes about a second. crypto/rsa draws from the system's random source whatever random is.
func NewPrivateKey(random io.Reader, bits int) (*PrivateKey, error) {
	if bits < MinKeyBits || bits > MaxKeyBits {
		return nil, fmt.Errorf("%w: %d bits are not between %d and %d", ErrPrivateKey, bits, MinKeyBits, MaxKeyBits)
	}
	key, err := rsa.GenerateKey(random, bits)
	if err != nil {
		return nil, fmt.Errorf("make a key of %d bits: %w", bits, err)
	}
	return newPrivateKey(key)
}

// ParsePrivateKeyPEM reads the first private key of a PEM text (PKCS #8 or PKCS #1) and checks that its
// parts belong together. The error wraps ErrPrivateKey and holds nothing of the text.
func ParsePrivateKeyPEM(text []byte) (*PrivateKey, error) {
	if len(text) > maxPrivateKeyPEM {
		return nil, fmt.Errorf("%w: %d bytes are more than the %d of the longest key", ErrPrivateKey, len(text), maxPrivateKeyPEM)
	}
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return nil, fmt.Errorf("%w: it holds no PEM block %q", ErrPrivateKey, pemPKCS8)
		}
		switch block.Type {
		case pemPKCS8, pemPKCS1:
			return parsePrivateKeyDER(block.Bytes)
		}
		text = rest
	}
}

// parsePrivateKeyDER keeps the causes of a failure to itself: they could show parts of the key.
func parsePrivateKeyDER(der []byte) (*PrivateKey, error) {
	if parsed, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		key, ok := parsed.(*rsa.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("%w: it is not an RSA key", ErrPrivateKey)
		}
		return newPrivateKey(key)
	}
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%w: it is damaged", ErrPrivateKey)
	}
	return newPrivateKey(key)
}

func newPrivateKey(key *rsa.PrivateKey) (*PrivateKey, error) {
	public, err := newPublicKey(&key.PublicKey, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPrivateKey, err)
	}
	if len(key.Primes) != 2 || key.Validate() != nil {
		return nil, fmt.Errorf("%w: its parts do not belong together", ErrPrivateKey)
	}
	return &PrivateKey{key: key, public: public}, nil
}

// Public returns the public half.
func (k *PrivateKey) Public() *PublicKey { return k.public }

// RSA returns the key for use with crypto packages. It must not be changed.
func (k *PrivateKey) RSA() *rsa.PrivateKey { return k.key }

// Sign returns the RSASSA-PKCS1-v1_5 signature with SHA-512 of data: as many bytes as the modulus has,
// always the same for the same data.
func (k *PrivateKey) Sign(data []byte) ([]byte, error) {
	digest := sha512.Sum512(data)
	signature, err := rsa.SignPKCS1v15(nil, k.key, crypto.SHA512, digest[:])
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: %w", k.public, err)
	}
	return signature, nil
}

// PEM returns the key as an unencrypted PKCS #8 PEM block.
func (k *PrivateKey) PEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.key)
	if err != nil {
		return nil, fmt.Errorf("encode key %s: %w", k.public, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPKCS8, Bytes: der}), nil
}
