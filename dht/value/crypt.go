// SPDX-License-Identifier: GPL-3.0-or-later

package value

import (
	"crypto/rand"
	"errors"
	"fmt"

	"bellwire/identity"
)

var (
	// ErrUnsigned is returned by Verify for a value without owner and signature.
	ErrUnsigned = errors.New("the value is not signed")
	// ErrNotForUs is the one error of Decrypt: it never tells what was wrong.
	ErrNotForUs = errors.New("the value is not encrypted for this key")
	// ErrEncrypted is returned for operations that need the contents of an encrypted value.
	ErrEncrypted = errors.New("the value is encrypted")
)

// Sign returns a copy of v that is owned and signed by key. Seq and To are kept and covered.
func Sign(v *Value, key *identity.PrivateKey) (*Value, error) {
	if v.IsEncrypted() {
		return nil, fmt.Errorf("sign value %d: %w", v.ID, ErrEncrypted)
	}
	signed := *v
	signed.Owner = key.Public()
	signature, err := key.Sign(signed.appendBody(nil))
	if err != nil {
		return nil, fmt.Errorf("sign value %d: %w", v.ID, err)
	}
	signed.Signature = signature
	return &signed, nil
}

// Verify checks that the owner signed the value. It costs an RSA verification, about 0.4 ms. It does not
// tell who the owner is: compare Owner with whom the value should be from.
func Verify(v *Value) error {
	if !v.IsSigned() {
		return ErrUnsigned
	}
	return v.Owner.Verify(v.appendBody(nil), v.Signature)
}

// Encrypt signs v for the recipient and returns the value to publish: the same id, priority and push type
// with everything else hidden. It costs an RSA signature, several milliseconds.
func Encrypt(v *Value, from *identity.PrivateKey, to *identity.PublicKey) (*Value, error) {
	addressed := *v
	addressed.To = to.KeyID()
	signed, err := Sign(&addressed, from)
	if err != nil {
		return nil, err
	}
	cypher, err := to.Encrypt(rand.Reader, signed.appendDat(nil))
	if err != nil {
		return nil, fmt.Errorf("encrypt value %d: %w", v.ID, err)
	}
	return &Value{ID: v.ID, Cypher: cypher, Priority: v.Priority, PushType: v.PushType}, nil
}

// Decrypt returns the signed value hidden in v. It fails with ErrNotForUs, whatever the cause, unless
// the value was encrypted for key, names key as its recipient and bears its owner's valid signature. It
// costs an RSA decryption, several milliseconds, for every value somebody cares to send: limit its rate.
func Decrypt(v *Value, key *identity.PrivateKey) (*Value, error) {
	if !v.IsEncrypted() {
		return nil, ErrNotForUs
	}
	plain, err := key.Decrypt(v.Cypher)
	if err != nil {
		return nil, ErrNotForUs
	}
	inner := &Value{ID: v.ID, Priority: v.Priority, PushType: v.PushType}
	if err := inner.parseDat(plain); err != nil || inner.To != key.Public().KeyID() || Verify(inner) != nil {
		return nil, ErrNotForUs
	}
	return inner, nil
}
