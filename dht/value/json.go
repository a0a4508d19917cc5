// SPDX-License-Identifier: GPL-3.0-or-later

package value

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strconv"
	"strings"

	"bellwire/identity"
)

const pemPublicKey = "PUBLIC KEY"

// jsonValue is the form of values in the REST interface of OpenDHT's proxies. Keys are in the order of
// the alphabet, as the real programs write them.
type jsonValue struct {
	Cypher   []byte          `json:"cypher,omitempty"`
	Data     []byte          `json:"data,omitempty"`
	ID       json.RawMessage `json:"id"`
	Owner    string          `json:"owner,omitempty"`
	Priority uint32          `json:"prio,omitempty"`
	Seq      *uint16         `json:"seq,omitempty"`
	Sig      []byte          `json:"sig,omitempty"`
	To       *identity.KeyID `json:"to,omitempty"`
	Type     *Type           `json:"type,omitempty"`
	UserType string          `json:"utype,omitempty"`
}

// MarshalJSON returns the value as OpenDHT's proxies write it: the id as a decimal string, bytes in
// base64, the owner as PEM text. An encrypted value has its id, priority and cypher only.
func (v *Value) MarshalJSON() ([]byte, error) {
	j := jsonValue{ID: []byte(strconv.Quote(strconv.FormatUint(v.ID, 10))), Priority: v.Priority}
	if v.IsEncrypted() {
		j.Cypher = v.Cypher
		return json.Marshal(j)
	}
	j.Data, j.Type, j.UserType = v.Data, &v.Type, v.UserType
	if v.Owner != nil {
		j.Seq, j.Sig = &v.Seq, v.Signature
		j.Owner = string(pem.EncodeToMemory(&pem.Block{Type: pemPublicKey, Bytes: v.Owner.DER()}))
		if !v.To.IsZero() {
			j.To = &v.To
		}
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes and what OpenDHT 2.4 writes, whose PEM text ends in a NUL.
// An absent id, as in the request to store a new value, reads as 0. The error wraps ErrMalformed.
func (v *Value) UnmarshalJSON(text []byte) error {
	var j jsonValue
	if err := json.Unmarshal(text, &j); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	id, err := parseJSONID(j.ID)
	if err != nil {
		return err
	}
	*v = Value{ID: id, Priority: j.Priority}
	if len(j.Cypher) > 0 {
		v.Cypher = j.Cypher
		return nil
	}
	v.Data, v.UserType = j.Data, j.UserType
	if j.Type != nil {
		v.Type = *j.Type
	}
	if j.Owner != "" {
		return v.setJSONOwner(&j)
	}
	return nil
}

// parseJSONID reads a decimal string or a number.
func parseJSONID(raw json.RawMessage) (uint64, error) {
	digits := strings.Trim(string(raw), `"`)
	if digits == "" || digits == "null" {
		return 0, nil
	}
	id, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: its id is not a number of 64 bits", ErrMalformed)
	}
	return id, nil
}

func (v *Value) setJSONOwner(j *jsonValue) error {
	block, _ := pem.Decode([]byte(strings.TrimRight(j.Owner, "\x00")))
	if block == nil || block.Type != pemPublicKey {
		return fmt.Errorf("%w: its owner is not a public key in PEM", ErrMalformed)
	}
	key, err := identity.ParsePublicKey(block.Bytes)
	if err != nil {
		return fmt.Errorf("%w: its owner: %w", ErrMalformed, err)
	}
	v.Owner, v.Signature = key, j.Sig
	if j.Seq != nil {
		v.Seq = *j.Seq
	}
	if j.To != nil {
		v.To = *j.To
	}
	return nil
}
