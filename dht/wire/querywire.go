// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"math"

	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

// maxConditions bounds the filters of one query; the real client sends one.
const maxConditions = 16

// ParseQuery reads an encoded query. The byte slices of its conditions are parts of b.
func ParseQuery(b []byte) (Query, error) {
	var q Query
	r := msgpack.NewReader(b)
	q.parse(&r)
	if r.Err() != nil {
		return Query{}, ErrMalformed
	}
	return q, nil
}

// parse reads {"s": [field…], "w": [{"f": field, "v": operand}…]}; both keys are required.
func (q *Query) parse(r *msgpack.Reader) {
	var hasSelect, hasWhere bool
	for range r.Map() {
		switch string(r.Key()) {
		case "s":
			hasSelect = true
			for range r.Array() {
				q.Select.add(r.Uint(math.MaxUint8))
			}
		case "w":
			hasWhere = true
			q.parseWhere(r)
		default:
			r.Skip()
		}
	}
	if !hasSelect || !hasWhere {
		r.Fail()
	}
}

// add puts a field code from the wire into the set; unknown ones are ignored.
func (s *Fields) add(code uint64) {
	if code >= uint64(FieldID) && code <= uint64(lastField) {
		*s |= 1 << code
	}
}

func (q *Query) parseWhere(r *msgpack.Reader) {
	n := r.Array()
	if n > maxConditions {
		r.Fail()
		return
	}
	for range n {
		q.Where = append(q.Where, readCondition(r))
	}
}

func readCondition(r *msgpack.Reader) (c Condition) {
	var operand []byte
	for range r.Map() {
		switch string(r.Key()) {
		case "f":
			c.Field = Field(r.Uint(math.MaxUint8))
		case "v":
			operand = r.Raw()
		default:
			r.Skip()
		}
	}
	v := msgpack.NewReader(operand)
	switch c.Field {
	case FieldID, FieldType, FieldSeq:
		c.Uint = v.Uint(math.MaxUint64)
	case FieldOwner:
		if c.Bytes = v.Bytes(); len(c.Bytes) != HashLen {
			v.Fail()
		}
	case FieldUserType:
		c.Bytes = v.Bytes()
	}
	if v.Err() != nil {
		r.Fail()
	}
	return c
}

// Append appends the encoding of the query.
func (q Query) Append(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 2)
	b = msgp.AppendString(b, "s")
	b = q.Select.append(b)
	b = msgp.AppendString(b, "w")
	b = msgp.AppendArrayHeader(b, uint32(len(q.Where)))
	for _, c := range q.Where {
		b = c.append(b)
	}
	return b
}

func (s Fields) append(b []byte) []byte {
	b = msgp.AppendArrayHeader(b, uint32(s.Len()))
	for f := FieldID; f <= lastField; f++ {
		if s.Has(f) {
			b = append(b, byte(f))
		}
	}
	return b
}

func (c Condition) append(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 2)
	b = msgp.AppendString(b, "f")
	b = msgp.AppendUint8(b, uint8(c.Field))
	b = msgp.AppendString(b, "v")
	if c.Field == FieldOwner || c.Field == FieldUserType {
		return msgp.AppendBytes(b, c.Bytes)
	}
	return msgp.AppendUint64(b, c.Uint)
}
