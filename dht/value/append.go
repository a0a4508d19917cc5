// SPDX-License-Identifier: GPL-3.0-or-later

package value

import "github.com/tinylib/msgp/msgp"

// Append appends the packed form of v.
func (v *Value) Append(b []byte) []byte {
	n := uint32(2)
	if v.Priority != 0 {
		n++
	}
	if v.PushType != "" {
		n++
	}
	b = msgp.AppendMapHeader(b, n)
	b = msgp.AppendString(b, "id")
	b = msgp.AppendUint64(b, v.ID)
	b = msgp.AppendString(b, "dat")
	b = v.appendDat(b)
	if v.Priority != 0 {
		b = msgp.AppendString(b, "p")
		b = msgp.AppendUint32(b, v.Priority)
	}
	if v.PushType != "" {
		b = msgp.AppendString(b, "pt")
		b = msgp.AppendString(b, v.PushType)
	}
	return b
}

// appendDat appends what encryption hides.
func (v *Value) appendDat(b []byte) []byte {
	if v.IsEncrypted() {
		return msgp.AppendBytes(b, v.Cypher)
	}
	if !v.IsSigned() {
		b = msgp.AppendMapHeader(b, 1)
		b = msgp.AppendString(b, "body")
		return v.appendBody(b)
	}
	b = msgp.AppendMapHeader(b, 2)
	b = msgp.AppendString(b, "body")
	b = v.appendBody(b)
	b = msgp.AppendString(b, "sig")
	return msgp.AppendBytes(b, v.Signature)
}

// appendBody appends what a signature covers.
func (v *Value) appendBody(b []byte) []byte {
	n := uint32(2)
	if v.Owner != nil {
		n += 2
		if !v.To.IsZero() {
			n++
		}
	}
	if v.UserType != "" {
		n++
	}
	b = msgp.AppendMapHeader(b, n)
	if v.Owner != nil {
		b = msgp.AppendString(b, "seq")
		b = msgp.AppendUint16(b, v.Seq)
		b = msgp.AppendString(b, "owner")
		b = msgp.AppendBytes(b, v.Owner.DER())
		if !v.To.IsZero() {
			b = msgp.AppendString(b, "to")
			b = msgp.AppendBytes(b, v.To[:])
		}
	}
	b = msgp.AppendString(b, "type")
	b = msgp.AppendUint16(b, uint16(v.Type))
	b = msgp.AppendString(b, "data")
	b = msgp.AppendBytes(b, v.Data)
	if v.UserType != "" {
		b = msgp.AppendString(b, "utype")
		b = msgp.AppendString(b, v.UserType)
	}
	return b
}
