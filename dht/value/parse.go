// SPDX-License-Identifier: GPL-3.0-or-later

package value

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"bellwire/identity"
	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

// ErrMalformed is wrapped when bytes are not a packed value.
var ErrMalformed = errors.New("not a DHT value")

// Parse reads a packed value. The byte slices of the value are parts of b. A value id of 0 is read
// without complaint: it is for the caller to refuse. The error wraps ErrMalformed, or
// identity.ErrPublicKey for an owner that is not a usable key.
func Parse(b []byte) (*Value, error) { return parse(b, nil) }

// Compact packs v and returns the encoding with a copy of the value that lies in it, so that both
// together take little more memory than the encoding and nothing of what v was parsed from.
func (v *Value) Compact() (*Value, []byte, error) {
	packed := v.Append(nil)
	copied, err := parse(packed, v.Owner)
	return copied, packed, err
}

// parse reads a packed value. An owner equal to known becomes that, which saves parsing a key.
func parse(b []byte, known *identity.PublicKey) (*Value, error) {
	v := &Value{Owner: known}
	r := msgpack.NewReader(b)
	var hasID bool
	var dat []byte
	for range r.Map() {
		switch string(r.Key()) {
		case "id":
			v.ID, hasID = r.Uint(math.MaxUint64), true
		case "dat":
			dat = r.Raw()
		case "p":
			v.Priority = uint32(r.Uint(math.MaxUint32))
		case "pt":
			v.PushType = string(r.Bytes())
		default:
			r.Skip()
		}
	}
	if r.Err() != nil || !hasID || dat == nil {
		return nil, ErrMalformed
	}
	if err := v.parseDat(dat); err != nil {
		return nil, err
	}
	return v, nil
}

func (v *Value) parseDat(b []byte) error {
	r := msgpack.NewReader(b)
	switch r.Type() {
	case msgp.BinType, msgp.StrType:
		v.Owner, v.Cypher = nil, r.Bytes()
		if len(v.Cypher) == 0 {
			return ErrMalformed
		}
		return nil
	}
	var body []byte
	for range r.Map() {
		switch string(r.Key()) {
		case "body":
			body = r.Raw()
		case "sig":
			v.Signature = r.Bytes()
		default:
			r.Skip()
		}
	}
	if r.Err() != nil {
		return ErrMalformed
	}
	return v.parseBody(body)
}

// parseBody reads the signed part. With an owner a sequence number and a signature are required;
// without one "to" and a signature mean nothing.
func (v *Value) parseBody(b []byte) error {
	r := msgpack.NewReader(b)
	var hasSeq, hasType, hasData bool
	var owner, to []byte
	for range r.Map() {
		switch string(r.Key()) {
		case "seq":
			v.Seq, hasSeq = uint16(r.Uint(math.MaxUint16)), true
		case "owner":
			owner = r.Bytes()
		case "to":
			to = r.Bytes()
		case "type":
			v.Type, hasType = Type(r.Uint(math.MaxUint16)), true
		case "data":
			v.Data, hasData = r.Bytes(), true
		case "utype":
			v.UserType = string(r.Bytes())
		default:
			r.Skip()
		}
	}
	if r.Err() != nil || !hasType || !hasData {
		return ErrMalformed
	}
	if owner == nil {
		v.Owner, v.Seq, v.Signature = nil, 0, nil
		return nil
	}
	if !hasSeq || len(v.Signature) == 0 || to != nil && len(to) != len(v.To) {
		return ErrMalformed
	}
	copy(v.To[:], to)
	return v.setOwner(owner)
}

// setOwner reads the owner's key unless v.Owner is it already.
func (v *Value) setOwner(der []byte) error {
	if v.Owner != nil && bytes.Equal(v.Owner.DER(), der) {
		return nil
	}
	key, err := identity.ParsePublicKey(der)
	if err != nil {
		return fmt.Errorf("the owner of value %d: %w", v.ID, err)
	}
	v.Owner = key
	return nil
}
