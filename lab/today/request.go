// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"fmt"
	"math"

	"github.com/tinylib/msgp/msgp"

	"bellwire/internal/msgpack"
)

// request is a connection request or the answer to one.
type request struct {
	id       uint64 // 1 to 2^53
	ice      string
	answer   bool
	connType string
}

// append appends the four fields in the order of the recordings, the id in its long form.
func (r request) append(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 4)
	b = msgp.AppendString(b, "id")
	b = msgp.AppendUint64(b, r.id)
	b = msgp.AppendString(b, "ice_msg")
	b = msgp.AppendString(b, r.ice)
	b = msgp.AppendString(b, "isAnswer")
	b = msgp.AppendBool(b, r.answer)
	b = msgp.AppendString(b, "connType")
	return msgp.AppendString(b, r.connType)
}

// parseRequest reads the four fields; others are ignored.
func parseRequest(b []byte) (request, error) {
	var r request
	found := 0
	m := msgpack.NewReader(b)
	for range m.Map() {
		found++
		switch string(m.Key()) {
		case "id":
			r.id = m.Uint(math.MaxUint64)
		case "ice_msg":
			r.ice = string(m.Text())
		case "isAnswer":
			r.answer = m.Bool()
		case "connType":
			r.connType = string(m.Text())
		default:
			found--
			m.Skip()
		}
	}
	if m.Err() != nil || len(m.Left()) > 0 || found != 4 || r.id == 0 {
		return request{}, fmt.Errorf("a connection request of %d bytes with %d of the four fields: %w", len(b), found, m.Err())
	}
	return r, nil
}
