// SPDX-License-Identifier: GPL-3.0-or-later

package value

import (
	"fmt"
	"math"
	"slices"

	"maps"

	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

// maxMetadata bounds the entries of InstantMessage.Metadata.
const maxMetadata = 256

// InstantMessage is the data of a text left in an inbox: {"id": uint64, "msg": str, "date": int,
// "status": int, "datatype": str, "metadatas": map}. Unknown keys are ignored. A confirmation has the id of
// the text and nothing in Text and DataType.
type InstantMessage struct {
	ID   uint64
	Text string
	// Date is in seconds since 1970.
	Date     int64
	Status   int64
	DataType string
	Metadata map[string]string
}

// Append appends the data of the value, metadata in the order of their keys.
func (m InstantMessage) Append(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 6)
	b = msgp.AppendString(b, "id")
	b = msgp.AppendUint64(b, m.ID)
	b = msgp.AppendString(b, "msg")
	b = msgp.AppendString(b, m.Text)
	b = msgp.AppendString(b, "date")
	b = msgpack.AppendInt(b, m.Date)
	b = msgp.AppendString(b, "status")
	b = msgpack.AppendInt(b, m.Status)
	b = msgp.AppendString(b, "datatype")
	b = msgp.AppendString(b, m.DataType)
	b = msgp.AppendString(b, "metadatas")
	b = msgp.AppendMapHeader(b, uint32(len(m.Metadata)))
	for _, key := range slices.Sorted(maps.Keys(m.Metadata)) {
		b = msgp.AppendString(b, key)
		b = msgp.AppendString(b, m.Metadata[key])
	}
	return b
}

// ParseInstantMessage reads the data of an IM message.
func ParseInstantMessage(b []byte) (m InstantMessage, err error) {
	r := msgpack.NewReader(b)
	for range r.Map() {
		switch string(r.Key()) {
		case "id":
			m.ID = r.Uint(math.MaxUint64)
		case "msg":
			m.Text = string(r.Text())
		case "date":
			m.Date = r.Int()
		case "status":
			m.Status = r.Int()
		case "datatype":
			m.DataType = string(r.Text())
		case "metadatas":
			m.Metadata = readMetadata(&r)
		default:
			r.Skip()
		}
	}
	if r.Err() != nil {
		return InstantMessage{}, fmt.Errorf("an IM message: %w", ErrMalformed)
	}
	return m, nil
}

func readMetadata(r *msgpack.Reader) map[string]string {
	n := r.Map()
	if n > maxMetadata {
		r.Fail()
		return nil
	}
	metadata := make(map[string]string, n)
	for range n {
		key := string(r.Text())
		metadata[key] = string(r.Text())
	}
	return metadata
}
