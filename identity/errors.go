// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import "errors"

// Errors about ids and keys.
var (
	// ErrID is wrapped by every error about the text or byte form of an id.
	ErrID = errors.New("not an id")
	// ErrPublicKey is wrapped when bytes are not a public key this network uses.
	ErrPublicKey = errors.New("not a usable public key")
	// ErrPrivateKey is wrapped when bytes are not a private key this network uses.
	ErrPrivateKey = errors.New("not a usable private key")
	// ErrSignature is returned when a signature is not by the key it is claimed to be by.
	ErrSignature = errors.New("the signature does not match the key and the data")
	// ErrDecrypt is returned for every ciphertext that cannot be decrypted, whatever the cause: which
	// of padding, length or tag was wrong is never told, since a peer could learn the key from it.
	ErrDecrypt = errors.New("the data cannot be decrypted with this key")
	// ErrTooLong is wrapped when more than MaxPlaintext bytes are to be encrypted or decrypted.
	ErrTooLong = errors.New("the data is too long")
)

// Errors about certificate chains. [Chain.Verify] wraps exactly one of them.
var (
	// ErrChain is wrapped when a chain is incomplete, too long, or holds something else than the
	// certificates of a device and its issuers.
	ErrChain = errors.New("not a device certificate chain")
	// ErrSelfSigned is wrapped when the device certificate is its own issuer, so that no account
	// vouches for it.
	ErrSelfSigned = errors.New("the device certificate is self-signed")
	// ErrNotIssued is wrapped when a certificate was not issued by the one after it.
	ErrNotIssued = errors.New("the certificate was not issued by the next one of its chain")
	// ErrExpired is wrapped when the validity of a certificate has ended.
	ErrExpired = errors.New("the certificate has expired")
	// ErrNotYetValid is wrapped when the validity of a certificate begins in the future.
	ErrNotYetValid = errors.New("the certificate is not valid yet")
)
