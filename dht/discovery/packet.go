// SPDX-License-Identifier: GPL-3.0-or-later

package discovery

import (
	"errors"
	"math"

	"bellwire/dht/wire"
	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

// service is the key of the DHT in a map of services.
const service = "dht"

// errMalformed means a datagram that is neither a question nor an announcement of a DHT node.
var errMalformed = errors.New("not a datagram of local discovery")

// announcement is what a node tells about itself.
type announcement struct {
	id      wire.Hash
	port    uint16
	network uint32
}

// appendQuestion appends the question who is there.
func appendQuestion(b []byte) []byte { return msgp.AppendString(b, "q") }

// isQuestion reports whether a datagram is the question.
func isQuestion(b []byte) bool {
	r := msgpack.NewReader(b)
	return string(r.Bytes()) == "q"
}

// append appends {"dht": [id, port, network]}.
func (a announcement) append(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 1)
	b = msgp.AppendString(b, service)
	b = msgp.AppendArrayHeader(b, 3)
	b = msgp.AppendBytes(b, a.id[:])
	b = msgp.AppendUint16(b, a.port)
	return msgp.AppendUint32(b, a.network)
}

// parseAnnouncement reads the part of a map of services that is about the DHT; other applications may
// have put theirs beside it.
func parseAnnouncement(b []byte) (a announcement, err error) {
	r := msgpack.NewReader(b)
	found := false
	for range r.Map() {
		if string(r.Key()) != service {
			r.Skip()
			continue
		}
		found = true
		a = readAnnouncement(&r)
	}
	if r.Err() != nil || !found {
		return announcement{}, errMalformed
	}
	return a, nil
}

// readAnnouncement reads the array; what later versions append to it is skipped.
func readAnnouncement(r *msgpack.Reader) (a announcement) {
	n := r.Array()
	id := r.Bytes()
	if n < 3 || len(id) != wire.HashLen {
		r.Fail()
		return a
	}
	a.id = wire.Hash(id)
	a.port = uint16(r.Uint(math.MaxUint16))
	a.network = uint32(r.Uint(math.MaxUint32))
	for range n - 3 {
		r.Skip()
	}
	return a
}
