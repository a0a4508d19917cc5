// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

// fixmap is the type byte of a map whose number of pairs, at most 15, is added to it.
const fixmap = 0x80

// bodyWriter appends a map of fewer than 16 pairs, counting them as they come.
type bodyWriter struct {
	b      []byte
	header int
}

// appendBody appends the map of arguments or results.
func (m *Message) appendBody(b []byte) []byte {
	w := bodyWriter{b: append(b, fixmap), header: len(b)}
	w.bytes("id", m.ID[:])
	switch m.Kind {
	case Find:
		w.bytes("target", m.Target[:])
		w.families(m.Want)
	case Get:
		w.bytes("h", m.Target[:])
		w.query(m)
		w.families(m.Want)
	case Put:
		w.bytes("h", m.Target[:])
		w.values(m)
		w.created(m.Created)
		w.bytes("token", m.Token)
	case Refresh:
		w.bytes("h", m.Target[:])
		w.uint("vid", m.VID)
		w.bytes("token", m.Token)
	case Listen:
		w.updates(m.Updates)
		w.bytes("h", m.Target[:])
		w.bytes("token", m.Token)
		w.uint("sid", uint64(m.SID))
		w.query(m)
	case Update:
		w.update(m)
	case OldUpdate:
		w.notice(m)
	case Reply:
		w.reply(m)
	}
	return w.b
}

func (w *bodyWriter) update(m *Message) {
	if m.isNotice() {
		w.uint("sid", uint64(m.SID))
		w.notice(m)
		return
	}
	w.updates(m.Updates)
	w.bytes("h", m.Target[:])
	w.uint("sid", uint64(m.SID))
	w.values(m)
	w.created(m.Created)
	w.bytes("token", m.Token)
}

// notice appends which values were refreshed or expired.
func (w *bodyWriter) notice(m *Message) {
	w.bytes("token", m.Token)
	w.ids("re", m.Refreshed)
	w.ids("exp", m.Expired)
}

func (w *bodyWriter) reply(m *Message) {
	if m.VID != 0 {
		w.uint("vid", m.VID)
	}
	if m.Seen.IsValid() {
		w.bytes("sa", m.Seen.AsSlice())
	}
	if len(m.Nodes4) > 0 {
		w.bytes("n4", m.Nodes4)
	}
	if len(m.Nodes6) > 0 {
		w.bytes("n6", m.Nodes6)
	}
	if len(m.Token) > 0 {
		w.bytes("token", m.Token)
	}
	if m.Select != 0 {
		w.key("fileds")
		w.b = appendRows(w.b, m.Select, m.Rows)
		return
	}
	w.values(m)
}

func (w *bodyWriter) key(k string) {
	w.b[w.header]++
	w.b = msgp.AppendString(w.b, k)
}

func (w *bodyWriter) bytes(k string, v []byte) {
	w.key(k)
	w.b = msgp.AppendBytes(w.b, v)
}

func (w *bodyWriter) uint(k string, v uint64) {
	w.key(k)
	w.b = msgp.AppendUint64(w.b, v)
}

func (w *bodyWriter) updates(v bool) {
	if v {
		w.uint("ve", 1)
	}
}

func (w *bodyWriter) created(v int64) {
	if v != 0 {
		w.key("c")
		w.b = msgpack.AppendInt(w.b, v)
	}
}

func (w *bodyWriter) query(m *Message) {
	if m.HasQuery || !m.Query.IsZero() {
		w.key("q")
		w.b = m.Query.Append(w.b)
	}
}

func (w *bodyWriter) families(want Families) {
	if want == 0 {
		return
	}
	w.key("w")
	switch want {
	case IPv4:
		w.b = append(w.b, fixarray|1, familyIPv4)
	case IPv6:
		w.b = append(w.b, fixarray|1, familyIPv6)
	default:
		w.b = append(w.b, fixarray|2, familyIPv4, familyIPv6)
	}
}

// fixarray is the type byte of an array whose number of elements, at most 15, is added to it.
const fixarray = 0x90

func (w *bodyWriter) ids(k string, ids []uint64) {
	if len(ids) == 0 {
		return
	}
	w.key(k)
	w.b = msgp.AppendArrayHeader(w.b, uint32(len(ids)))
	for _, id := range ids {
		w.b = msgp.AppendUint64(w.b, id)
	}
}

// values appends packed values where they fit, else the sizes of those that follow as value data.
func (w *bodyWriter) values(m *Message) {
	switch {
	case len(m.Sizes) > 0:
		w.key("values")
		w.b = msgp.AppendArrayHeader(w.b, uint32(len(m.Sizes)))
		for _, size := range m.Sizes {
			w.b = msgp.AppendUint32(w.b, size)
		}
	case m.Fragmented():
		w.key("values")
		w.b = msgp.AppendArrayHeader(w.b, uint32(len(m.Values)))
		for _, v := range m.Values {
			w.b = msgp.AppendUint64(w.b, uint64(len(v)))
		}
	case len(m.Values) > 0 || m.Kind == Put:
		w.key("values")
		w.b = msgp.AppendArrayHeader(w.b, uint32(len(m.Values)))
		for _, v := range m.Values {
			w.b = append(w.b, v...)
		}
	}
}
