// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
)

// Sizes of the encryption of values (OpenDHT):
//
//	plaintext ≤ k-11   RSAES-PKCS1-v1_5 block (k bytes)
//	otherwise          RSAES-PKCS1-v1_5 block (k bytes) holding a fresh AES key
//	                   | IV (12 bytes) | AES-256-GCM ciphertext | tag (16 bytes)
//
// where k is the length of the recipient's modulus in bytes: 512 for every account and device.
const (
	pkcs1Overhead = 11
	sessionKeyLen = 32
	ivLen         = 12
	tagLen        = 16
)

// MaxPlaintext is the most bytes Encrypt takes and Decrypt gives. A value of the network has at most
// 64 KiB.
const MaxPlaintext = 1 << 20

// Encrypt encrypts plain so that only the holder of the private key can read it. The AES key and IV
// come from random; crypto/rsa draws its padding from the system's random source.
func (p *PublicKey) Encrypt(random io.Reader, plain []byte) ([]byte, error) {
	if len(plain) > MaxPlaintext {
		return nil, fmt.Errorf("encrypt to key %s: %w: %d bytes are more than %d", p, ErrTooLong, len(plain), MaxPlaintext)
	}
	if len(plain) <= p.key.Size()-pkcs1Overhead {
		return p.encryptBlock(random, plain)
	}
	var session [sessionKeyLen]byte
	if _, err := io.ReadFull(random, session[:]); err != nil {
		return nil, fmt.Errorf("encrypt to key %s: %w", p, err)
	}
	out, err := p.encryptBlock(random, session[:])
	if err != nil {
		return nil, err
	}
	return sealGCM(random, out, session[:], plain)
}

func (p *PublicKey) encryptBlock(random io.Reader, plain []byte) ([]byte, error) {
	//lint:ignore SA1019 this padding is the network's protocol
	block, err := rsa.EncryptPKCS1v15(random, p.key, plain)
	if err != nil {
		return nil, fmt.Errorf("encrypt to key %s: %w", p, err)
	}
	return block, nil
}

// Decrypt reads what Encrypt wrote for this key. The only error is ErrDecrypt.
//
// With a longer plaintext a wrong RSA padding leads to a random AES key and so to a wrong tag, in the
// same time as a right padding with a wrong tag: neither the result nor the time tells the two apart.
func (k *PrivateKey) Decrypt(cypher []byte) ([]byte, error) {
	size := k.key.Size()
	switch {
	case len(cypher) == size:
		//lint:ignore SA1019 this padding is the network's protocol
		plain, err := rsa.DecryptPKCS1v15(nil, k.key, cypher)
		if err != nil {
			return nil, ErrDecrypt
		}
		return plain, nil
	case len(cypher) < size+ivLen+tagLen || len(cypher) > size+ivLen+tagLen+MaxPlaintext:
		return nil, ErrDecrypt
	}
	return k.decryptHybrid(cypher[:size], cypher[size:])
}

func (k *PrivateKey) decryptHybrid(block, sealed []byte) ([]byte, error) {
	session := make([]byte, sessionKeyLen)
	if _, err := rand.Read(session); err != nil {
		return nil, ErrDecrypt
	}
	//lint:ignore SA1019 this padding is the network's protocol
	if err := rsa.DecryptPKCS1v15SessionKey(nil, k.key, block, session); err != nil {
		return nil, ErrDecrypt
	}
	return openGCM(session, sealed)
}

// sealGCM appends IV, ciphertext and tag of plain under key to out.
func sealGCM(random io.Reader, out, key, plain []byte) ([]byte, error) {
	aead, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	var iv [ivLen]byte
	if _, err := io.ReadFull(random, iv[:]); err != nil {
		return nil, fmt.Errorf("draw an IV: %w", err)
	}
	out = append(out, iv[:]...)
	return aead.Seal(out, iv[:], plain, nil), nil
}

// openGCM reads IV, ciphertext and tag. The only error is ErrDecrypt.
func openGCM(key, sealed []byte) ([]byte, error) {
	if len(sealed) < ivLen+tagLen {
		return nil, ErrDecrypt
	}
	aead, err := newGCM(key)
	if err != nil {
		return nil, ErrDecrypt
	}
	plain, err := aead.Open(nil, sealed[:ivLen], sealed[ivLen:], nil)
	if err != nil {
		return nil, ErrDecrypt
	}
	return plain, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
