// SPDX-License-Identifier: GPL-3.0-or-later

package msgpack

import "github.com/tinylib/msgp/msgp"

// AppendInt appends a signed integer in its shortest form, which for positive ones is that of an unsigned
// integer. msgp's own function takes the signed formats, and so is a byte longer and no use under a
// signature.
func AppendInt(b []byte, v int64) []byte {
	if v >= 0 {
		return msgp.AppendUint64(b, uint64(v))
	}
	return msgp.AppendInt64(b, v)
}
