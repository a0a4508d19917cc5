// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"crypto/sha1"
	"math"

	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

// maxUserType is the longest user type taken from a list of selected fields.
const maxUserType = 1 << 10

// parseRows reads {"f": [field…], "v": [flat list of values × fields]}. Rows behind one that cannot be
// read are lost, the message is not. An unknown field makes the columns unreadable: no rows.
func (m *Message) parseRows(r *msgpack.Reader) {
	var fields, flat []byte
	for range r.Map() {
		switch string(r.Key()) {
		case "f":
			fields = r.Raw()
		case "v":
			flat = r.Raw()
		default:
			r.Skip()
		}
	}
	columns, ok := readColumns(fields)
	if !ok {
		return
	}
	m.Select = columns
	v := msgpack.NewReader(flat)
	for range v.Array() / columns.Len() {
		row := readRow(&v, columns)
		if v.Err() != nil {
			return
		}
		m.Rows = append(m.Rows, row)
	}
}

func readColumns(b []byte) (columns Fields, ok bool) {
	r := msgpack.NewReader(b)
	n := r.Array()
	last := uint64(0)
	for range n {
		code := r.Uint(math.MaxUint8)
		if code <= last || code > uint64(lastField) {
			return 0, false
		}
		columns.add(code)
		last = code
	}
	return columns, n > 0 && r.Err() == nil
}

func readRow(r *msgpack.Reader, columns Fields) (row Row) {
	if columns.Has(FieldID) {
		row.ID = r.Uint(math.MaxUint64)
	}
	if columns.Has(FieldType) {
		row.Type = uint16(r.Uint(math.MaxUint16))
	}
	if columns.Has(FieldOwner) {
		row.setOwner(r.Bytes())
	}
	if columns.Has(FieldSeq) {
		row.Seq = uint16(r.Uint(math.MaxUint16))
	}
	if columns.Has(FieldUserType) {
		b := r.Bytes()
		if len(b) > maxUserType {
			r.Fail()
		}
		row.UserType = string(b)
	}
	return row
}

// setOwner takes a key id or, as 2.4 sends it, the public key itself.
func (row *Row) setOwner(b []byte) {
	switch len(b) {
	case 0:
	case HashLen:
		row.Owner = Hash(b)
	default:
		row.Owner = sha1.Sum(b)
		row.OwnerKey = b
	}
}

func appendRows(b []byte, columns Fields, rows []Row) []byte {
	b = msgp.AppendMapHeader(b, 2)
	b = msgp.AppendString(b, "f")
	b = columns.append(b)
	b = msgp.AppendString(b, "v")
	b = msgp.AppendArrayHeader(b, uint32(len(rows)*columns.Len()))
	for i := range rows {
		b = rows[i].append(b, columns)
	}
	return b
}

func (row *Row) append(b []byte, columns Fields) []byte {
	if columns.Has(FieldID) {
		b = msgp.AppendUint64(b, row.ID)
	}
	if columns.Has(FieldType) {
		b = msgp.AppendUint16(b, row.Type)
	}
	if columns.Has(FieldOwner) {
		if row.OwnerKey != nil {
			b = msgp.AppendBytes(b, row.OwnerKey)
		} else {
			b = msgp.AppendBytes(b, row.Owner[:])
		}
	}
	if columns.Has(FieldSeq) {
		b = msgp.AppendUint16(b, row.Seq)
	}
	if columns.Has(FieldUserType) {
		b = msgp.AppendString(b, row.UserType)
	}
	return b
}
