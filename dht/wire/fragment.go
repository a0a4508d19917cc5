// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"iter"

	"github.com/tinylib/msgp/msgp"
)

const (
	// inlineBytes and inlineValues: values travel inside their message while they are fewer than this
	// many bytes in all and fewer than this many.
	inlineBytes  = 600
	inlineValues = 50

	// chunkLen is the most bytes of a packed value in one datagram, so that with IP, UDP and our
	// framing it stays near the IPv6 minimum MTU.
	chunkLen = 1280

	// MaxPackedValue is the longest packed value announced by size; longer ones are ignored.
	MaxPackedValue = 1<<16 + 32

	// MaxUpdateBytes is how many bytes of packed values go into one Update; the rest follows in others.
	MaxUpdateBytes = 56 << 10
)

// Fragmented reports whether Append writes the sizes of the values instead of the values, because they
// are too long or too many for one datagram.
func (m *Message) Fragmented() bool {
	if len(m.Sizes) > 0 || len(m.Values) >= inlineValues {
		return true
	}
	total := 0
	for _, v := range m.Values {
		total += len(v)
	}
	return total >= inlineBytes
}

// Datagrams yields the datagrams of the message in the order they must be sent: the message itself and,
// when it is Fragmented, the pieces of its values. All are written to buf, which grows as needed, so each
// is valid until the next. A retransmission repeats all of them.
func (m *Message) Datagrams(buf []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		buf = m.Append(buf[:0])
		if !yield(buf) || !m.Fragmented() {
			return
		}
		for i, v := range m.Values {
			for offset := 0; offset < len(v); offset += chunkLen {
				chunk := v[offset:min(offset+chunkLen, len(v))]
				buf = m.appendChunk(buf[:0], uint32(i), uint32(offset), chunk)
				if !yield(buf) {
					return
				}
			}
		}
	}
}

func (m *Message) appendChunk(b []byte, index, offset uint32, chunk []byte) []byte {
	b = m.appendDataHeader(b, 1)
	return appendPart(b, Part{Index: index, Offset: offset, Data: chunk})
}

func (m *Message) appendParts(b []byte) []byte {
	b = m.appendDataHeader(b, len(m.Parts))
	for _, p := range m.Parts {
		b = appendPart(b, p)
	}
	return b
}

func (m *Message) appendDataHeader(b []byte, parts int) []byte {
	if m.Network != 0 {
		b = msgp.AppendMapHeader(b, 4)
		b = msgp.AppendString(b, "n")
		b = msgp.AppendUint32(b, m.Network)
	} else {
		b = msgp.AppendMapHeader(b, 3)
	}
	b = msgp.AppendString(b, "y")
	b = msgp.AppendString(b, "p")
	b = m.appendTID(b)
	b = msgp.AppendString(b, "p")
	return msgp.AppendMapHeader(b, uint32(parts))
}

func appendPart(b []byte, p Part) []byte {
	b = msgp.AppendUint32(b, p.Index)
	b = msgp.AppendMapHeader(b, 2)
	b = msgp.AppendString(b, "o")
	b = msgp.AppendUint32(b, p.Offset)
	b = msgp.AppendString(b, "d")
	return msgp.AppendBytes(b, p.Data)
}
