// SPDX-License-Identifier: GPL-3.0-or-later

package wire

// Field is a part of a value that queries name.
type Field uint8

// Fields of values, numbered as on the wire.
const (
	FieldID       Field = 1
	FieldType     Field = 2
	FieldOwner    Field = 3
	FieldSeq      Field = 4
	FieldUserType Field = 5

	lastField = FieldUserType
)

// Fields is a set of fields.
type Fields uint8

// FieldSet returns the set of the given fields.
func FieldSet(fields ...Field) Fields {
	var set Fields
	for _, f := range fields {
		set |= 1 << f
	}
	return set
}

// Has reports whether f is in the set.
func (s Fields) Has(f Field) bool { return s>>f&1 != 0 }

// Len returns the number of fields in the set.
func (s Fields) Len() int {
	n := 0
	for f := FieldID; f <= lastField; f++ {
		n += int(s >> f & 1)
	}
	return n
}

// Condition is one filter of a query: the field must equal the operand. FieldSeq must not be used
// towards peers; the real programs cannot read it.
type Condition struct {
	Field Field
	// Uint is the operand for FieldID, FieldType and FieldSeq.
	Uint uint64
	// Bytes is the operand for FieldOwner (a key id of 20 bytes) and FieldUserType.
	Bytes []byte
}

// WhereID is the condition that the value id is id.
func WhereID(id uint64) Condition { return Condition{Field: FieldID, Uint: id} }

// WhereType is the condition that the value type is t.
func WhereType(t uint16) Condition { return Condition{Field: FieldType, Uint: uint64(t)} }

// WhereOwner is the condition that the value is signed by the key with this id.
func WhereOwner(id Hash) Condition { return Condition{Field: FieldOwner, Bytes: id[:]} }

// WhereUserType is the condition that the user type is t.
func WhereUserType(t string) Condition {
	return Condition{Field: FieldUserType, Bytes: []byte(t)}
}

// Query says which of the values under a key are wanted, and which of their fields. The zero Query wants
// all values whole. Filters see only the outside of a value: an encrypted one has type 0, no owner and
// sequence number 0.
type Query struct {
	// Select lists the fields to return instead of whole values; empty for whole values.
	Select Fields
	// Where holds the filters; all must match.
	Where []Condition
}

// IsZero reports whether the query wants all values whole.
func (q Query) IsZero() bool { return q.Select == 0 && len(q.Where) == 0 }

// Match reports whether the value described by row passes all filters. Conditions on unknown fields,
// which only later versions can send, are taken as passed: the asking node filters again.
func (q Query) Match(row Row) bool {
	for _, c := range q.Where {
		if !c.match(row) {
			return false
		}
	}
	return true
}

func (c Condition) match(row Row) bool {
	switch c.Field {
	case FieldID:
		return row.ID == c.Uint
	case FieldType:
		return uint64(row.Type) == c.Uint
	case FieldOwner:
		return string(row.Owner[:]) == string(c.Bytes)
	case FieldSeq:
		return uint64(row.Seq) == c.Uint
	case FieldUserType:
		return row.UserType == string(c.Bytes)
	}
	return true
}

// Row is what queries see of one value. In replies with selected fields only those are set.
type Row struct {
	ID   uint64
	Type uint16
	// Owner is the key id of the signer, zero without one.
	Owner Hash
	// OwnerKey is what the peer sent for FieldOwner when that was not a key id: 2.4 sends the DER public
	// key. Append sends it in place of Owner when set.
	OwnerKey []byte
	Seq      uint16
	UserType string
}
