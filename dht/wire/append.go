// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"github.com/tinylib/msgp/msgp"
)

// Append appends the encoding of the message: the whole of it, or, when its values are long or many, the
// header that Datagrams sends first. Keys are in the order in which the real programs write them.
func (m *Message) Append(b []byte) []byte {
	switch {
	case m.Kind == ValueData:
		return m.appendParts(b)
	case m.Kind == Error:
		b = msgp.AppendMapHeader(b, 5+m.optional())
		b = msgp.AppendString(b, "e")
		b = msgp.AppendArrayHeader(b, 2)
		b = msgp.AppendUint16(b, uint16(m.Code))
		b = msgp.AppendString(b, m.Text)
		b = msgp.AppendString(b, "r")
		b = m.appendBody(b)
		b = m.appendTID(b)
		return m.appendTail(b, "e")
	case m.Kind == Reply:
		b = msgp.AppendMapHeader(b, 4+m.optional())
		b = msgp.AppendString(b, "r")
		b = m.appendBody(b)
		b = m.appendTID(b)
		return m.appendTail(b, "r")
	case m.Kind == OldUpdate:
		b = msgp.AppendMapHeader(b, 4+m.optional())
		b = msgp.AppendString(b, "u")
		b = m.appendBody(b)
		b = m.appendTID(b)
		return m.appendTail(b, "r")
	}
	b = msgp.AppendMapHeader(b, 5+m.optional())
	b = msgp.AppendString(b, "a")
	b = m.appendBody(b)
	if m.isNotice() {
		b = m.appendTail(b, "q")
		b = m.appendName(b)
		return m.appendTID(b)
	}
	b = m.appendName(b)
	b = m.appendTID(b)
	return m.appendTail(b, "q")
}

// isNotice tells the updates that only name ids, which the real programs write in another order.
func (m *Message) isNotice() bool {
	return m.Kind == Update && len(m.Refreshed)+len(m.Expired) > 0
}

// optional counts the keys of the envelope that are left out when zero.
func (m *Message) optional() uint32 {
	n := uint32(0)
	if m.Network != 0 {
		n++
	}
	if m.Client {
		n++
	}
	return n
}

func (m *Message) appendName(b []byte) []byte {
	b = msgp.AppendString(b, "q")
	return msgp.AppendString(b, m.Kind.String())
}

func (m *Message) appendTID(b []byte) []byte {
	b = msgp.AppendString(b, "t")
	return msgp.AppendUint32(b, m.TID)
}

func (m *Message) appendTail(b []byte, y string) []byte {
	b = msgp.AppendString(b, "y")
	b = msgp.AppendString(b, y)
	b = msgp.AppendString(b, "v")
	b = msgp.AppendString(b, m.Agent)
	if m.Network != 0 {
		b = msgp.AppendString(b, "n")
		b = msgp.AppendUint32(b, m.Network)
	}
	if m.Client {
		b = msgp.AppendString(b, "s")
		b = msgp.AppendBool(b, true)
	}
	return b
}
