// SPDX-License-Identifier: GPL-3.0-or-later

// Package msgpack reads MessagePack that came from the network, on top of tinylib/msgp's functions.
//
// A [Reader] never allocates, never recurses, and checks every announced length and count against the
// bytes left, so that the work for a message is proportional to its length whatever it claims. Writing
// needs no such care and is done with msgp's append functions.
package msgpack

import (
	"encoding/binary"
	"errors"

	"github.com/tinylib/msgp/msgp"
)

// ErrMalformed is the one error of a Reader: bytes are missing, or something is of another type than
// was asked for.
var ErrMalformed = errors.New("malformed MessagePack")

// Reader reads objects one after the other from a slice. After the first failure every method returns
// the zero value; Err tells.
type Reader struct {
	left []byte
	err  error
}

// NewReader returns a Reader of b. What Bytes, Text and Raw return are parts of b.
func NewReader(b []byte) Reader { return Reader{left: b} }

// Err returns ErrMalformed when anything so far could not be read.
func (r *Reader) Err() error { return r.err }

// Left returns the bytes not read yet.
func (r *Reader) Left() []byte { return r.left }

// Fail makes the Reader fail, for contents that are well formed but not acceptable.
func (r *Reader) Fail() {
	r.err = ErrMalformed
	r.left = nil
}

// Type returns the type of the next object without reading it; msgp.InvalidType at the end.
func (r *Reader) Type() msgp.Type { return msgp.NextType(r.left) }

// Map reads the header of a map and returns its number of key and value pairs.
func (r *Reader) Map() int {
	n, rest, err := msgp.ReadMapHeaderBytes(r.left)
	if err != nil || uint64(n)*2 > uint64(len(rest)) {
		r.Fail()
		return 0
	}
	r.left = rest
	return int(n)
}

// Array reads the header of an array and returns its number of elements.
func (r *Reader) Array() int {
	n, rest, err := msgp.ReadArrayHeaderBytes(r.left)
	if err != nil || uint64(n) > uint64(len(rest)) {
		r.Fail()
		return 0
	}
	r.left = rest
	return int(n)
}

// Key reads the key of a map entry. A key that is not a string is skipped and read as empty, so that
// it matches no known key.
func (r *Reader) Key() []byte {
	if r.Type() != msgp.StrType {
		r.Skip()
		return nil
	}
	return r.Text()
}

// Text reads a str.
func (r *Reader) Text() []byte {
	if r.overlong() {
		return nil
	}
	s, rest, err := msgp.ReadStringZC(r.left)
	return r.took(s, rest, err)
}

// Bytes reads a bin or, as old peers write it, a str.
func (r *Reader) Bytes() []byte {
	if r.Type() == msgp.StrType {
		return r.Text()
	}
	if r.overlong() {
		return nil
	}
	b, rest, err := msgp.ReadBytesZC(r.left)
	return r.took(b, rest, err)
}

func (r *Reader) took(b, rest []byte, err error) []byte {
	if err != nil {
		r.Fail()
		return nil
	}
	r.left = rest
	return b[:len(b):len(b)]
}

// Uint reads an integer that is neither negative nor above limit.
func (r *Reader) Uint(limit uint64) uint64 {
	n, rest, err := msgp.ReadUint64Bytes(r.left)
	if err != nil || n > limit {
		r.Fail()
		return 0
	}
	r.left = rest
	return n
}

// Int reads a signed integer.
func (r *Reader) Int() int64 {
	n, rest, err := msgp.ReadInt64Bytes(r.left)
	if err != nil {
		r.Fail()
		return 0
	}
	r.left = rest
	return n
}

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	v, rest, err := msgp.ReadBoolBytes(r.left)
	if err != nil {
		r.Fail()
		return false
	}
	r.left = rest
	return v
}

// Raw reads one object of any type and returns its encoding.
func (r *Reader) Raw() []byte {
	before := r.left
	r.Skip()
	if r.err != nil {
		return nil
	}
	n := len(before) - len(r.left)
	return before[:n:n]
}

// Skip passes over one object of any type. Nesting costs a counter, not stack.
func (r *Reader) Skip() {
	for pending := 1; pending > 0; pending-- {
		switch r.Type() {
		case msgp.MapType:
			pending += 2 * r.Map()
		case msgp.ArrayType:
			pending += r.Array()
		default:
			r.skipScalar()
		}
		if r.err != nil || pending > len(r.left)+1 {
			r.Fail()
			return
		}
	}
}

func (r *Reader) skipScalar() {
	if r.overlong() {
		return
	}
	rest, err := msgp.Skip(r.left)
	if err != nil {
		r.Fail()
		return
	}
	r.left = rest
}

// Type bytes of the formats with a length of 32 bits.
const (
	bin32 = 0xc6
	ext32 = 0xc9
	str32 = 0xdb
)

// overlong fails for a 32-bit length above the bytes left. msgp checks that too, but in ints, where a
// length of 2 GiB or more turns negative on 32-bit machines.
func (r *Reader) overlong() bool {
	if len(r.left) < 5 {
		return false
	}
	switch r.left[0] {
	case bin32, ext32, str32:
	default:
		return false
	}
	if uint64(binary.BigEndian.Uint32(r.left[1:])) <= uint64(len(r.left)) {
		return false
	}
	r.Fail()
	return true
}
