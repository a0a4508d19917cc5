// SPDX-License-Identifier: GPL-3.0-or-later

package value

import (
	"bytes"
	"net/netip"
	"time"

	"bellwire/dht/wire"
)

// Policy holds the rules by which storing nodes treat the values of one type.
type Policy struct {
	Name     string
	Lifetime time.Duration
	// Verified means that a value that claims a signature is stored only when the signature is right.
	Verified bool
	// Store decides whether a value may be stored, see StoreFunc.
	Store StoreFunc
	// Edit decides about the replacement of a stored value of the type, see EditFunc.
	Edit EditFunc
}

// StoreFunc says whether a value sent by from may be stored under key. It returns what is to be stored,
// usually v itself.
type StoreFunc func(key wire.Hash, v *Value, from netip.Addr) (stored *Value, ok bool)

// EditFunc says whether v may take the place of the value old, which has the same id and other contents.
// A signature of v was or will be verified before the replacement happens.
type EditFunc func(key wire.Hash, old, v *Value) bool

// StoreSized accepts values of at most MaxSize bytes.
func StoreSized(_ wire.Hash, v *Value, _ netip.Addr) (*Value, bool) {
	return v, v.Size() <= MaxSize
}

// EditNever refuses every edit.
func EditNever(wire.Hash, *Value, *Value) bool { return false }

// EditSigned lets the owner of a signed value replace it by a signed value with a higher sequence number,
// or the same one if the signed bytes are the same. Unsigned and encrypted values cannot be changed.
func EditSigned(_ wire.Hash, old, v *Value) bool {
	if !old.IsSigned() || !v.IsSigned() || !old.Owner.Equal(v.Owner) {
		return false
	}
	if v.Seq == old.Seq {
		return bytes.Equal(v.appendBody(nil), old.appendBody(nil))
	}
	return v.Seq > old.Seq
}

// storeDHTMessage wants the service named, as nobody could find out what the message is about otherwise.
func storeDHTMessage(key wire.Hash, v *Value, from netip.Addr) (*Value, bool) {
	m, err := ParseServiceMessage(v.Data)
	if err != nil || m.Service == "" {
		return nil, false
	}
	return StoreSized(key, v, from)
}

// storeIPService replaces the announced address by the sender's, so that nobody can announce others, and
// keeps the port. What a signature covered is gone with that, so the signature goes too.
func storeIPService(_ wire.Hash, v *Value, from netip.Addr) (*Value, bool) {
	announced, err := ParseServiceAddr(v.Data)
	if err != nil || announced.Port() == 0 || !from.IsValid() {
		return nil, false
	}
	seen := netip.AddrPortFrom(from.Unmap().WithZone(""), announced.Port())
	return &Value{
		ID: v.ID, Type: v.Type, Data: AppendServiceAddr(nil, seen),
		UserType: v.UserType, Priority: v.Priority, PushType: v.PushType,
	}, v.Size() <= MaxSize
}

// storeCertificate wants the key to be one of the two that belong to the certificate's public key. Its
// signatures do not matter: the id is the proof.
func storeCertificate(key wire.Hash, v *Value, from netip.Addr) (*Value, bool) {
	ids, err := certificateKeys(v)
	if err != nil || key != ids[0] && key != ids[1] {
		return nil, false
	}
	return StoreSized(key, v, from)
}

// editCertificate lets a certificate be replaced by another for the same public key.
func editCertificate(_ wire.Hash, old, v *Value) bool {
	if v.Type != CertificateType {
		return false
	}
	was, err := certificateKeys(old)
	if err != nil {
		return false
	}
	is, err := certificateKeys(v)
	return err == nil && is == was
}
