// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"math"
	"net/netip"

	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

// Address families in a "w" list: Linux's numbers on every platform.
const (
	familyIPv4 = 2
	familyIPv6 = 10
)

// parseBody reads the arguments of a request or the results of a reply.
func (m *Message) parseBody(b []byte) error {
	r := msgpack.NewReader(b)
	for range r.Map() {
		m.parseField(&r)
	}
	switch {
	case m.ID.IsZero() && m.Kind == Error:
		return nil // an error is matched by its transaction id and source
	case r.Err() != nil, len(m.Nodes4)%node4Len != 0, len(m.Nodes6)%node6Len != 0:
		return ErrMalformed
	case m.ID.IsZero():
		return ErrNoID
	}
	return nil
}

func (m *Message) parseField(r *msgpack.Reader) {
	switch string(r.Key()) {
	case "id":
		m.ID = readHash(r)
	case "target", "h":
		m.Target = readHash(r)
	case "q":
		m.HasQuery = true
		m.Query.parse(r)
	case "w":
		m.Want = readFamilies(r)
	case "token":
		m.Token = r.Bytes()
	case "vid":
		m.VID = r.Uint(math.MaxUint64)
	case "values":
		m.parseValues(r)
	case "c":
		m.Created = r.Int()
	case "sid":
		m.SID = uint32(r.Uint(math.MaxUint32))
	case "ve":
		m.Updates = r.Int() >= 1
	case "n4":
		m.Nodes4 = r.Bytes()
	case "n6":
		m.Nodes6 = r.Bytes()
	case "sa":
		m.Seen = readAddr(r)
	case "fileds":
		m.parseRows(r)
	case "re":
		m.Refreshed = readIDs(r, m.Refreshed)
	case "exp":
		m.Expired = readIDs(r, m.Expired)
	default:
		r.Skip()
	}
}

func readHash(r *msgpack.Reader) (h Hash) {
	b := r.Bytes()
	if len(b) != HashLen {
		r.Fail()
		return h
	}
	return Hash(b)
}

// readFamilies reads a "w" list; families that do not exist yet are ignored.
func readFamilies(r *msgpack.Reader) (want Families) {
	for range r.Array() {
		switch r.Uint(math.MaxUint64) {
		case familyIPv4:
			want |= IPv4
		case familyIPv6:
			want |= IPv6
		}
	}
	return want
}

// readAddr reads an address of 4 or 16 bytes; anything else is as if absent.
func readAddr(r *msgpack.Reader) netip.Addr {
	a, _ := netip.AddrFromSlice(r.Bytes())
	return a.Unmap()
}

func readIDs(r *msgpack.Reader, ids []uint64) []uint64 {
	for range r.Array() {
		ids = append(ids, r.Uint(math.MaxUint64))
	}
	return ids
}

// parseValues reads packed values or, when they follow as value data, their sizes. In a list that mixes
// both, which no known program sends, the packed ones are dropped.
func (m *Message) parseValues(r *msgpack.Reader) {
	for range r.Array() {
		switch r.Type() {
		case msgp.UintType, msgp.IntType:
			m.Sizes = append(m.Sizes, uint32(r.Uint(math.MaxUint32)))
		default:
			m.Values = append(m.Values, r.Raw())
		}
	}
	if len(m.Sizes) > 0 {
		m.Values = m.Values[:0]
	}
}
