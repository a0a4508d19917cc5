// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"math"

	"github.com/tinylib/msgp/msgp"

	"bellwire/internal/msgpack"
)

// version is what this end says it speaks: 1 and above answer beacons.
const version = 1

// ours is the key of what only a Bellwire says, as in offers; Jami ignores keys it does not know.
const (
	ours     = "bw"
	declines = "declined"
)

// protocol is what the maps of one frame on the protocol channel say.
type protocol struct {
	version int  // 0 when not told
	ask     bool // for a sign of life
	alive   bool // here is one
	refused bool // the connection as a whole is
}

func appendVersion(b []byte) []byte {
	m := msgp.AppendMapHeader(nil, 1)
	m = msgp.AppendString(m, "v")
	m = msgp.AppendUint64(m, version)
	return appendFrame(b, protocolChannel, m)
}

func appendBeacon(b []byte, ask bool) []byte {
	m := msgp.AppendMapHeader(nil, 1)
	m = msgp.AppendString(m, "p")
	m = msgp.AppendBool(m, ask)
	return appendFrame(b, protocolChannel, m)
}

func appendRefusal(b []byte) []byte {
	m := msgp.AppendMapHeader(nil, 1)
	m = msgp.AppendString(m, ours)
	m = msgp.AppendString(m, declines)
	return appendFrame(b, protocolChannel, m)
}

// readProtocol reads the maps of one frame, of which there may be several. It skips keys it does not
// know and known ones with values of another type. False when the bytes are not MessagePack.
func readProtocol(payload []byte) (p protocol, ok bool) {
	r := msgpack.NewReader(payload)
	for r.Err() == nil && len(r.Left()) > 0 {
		if r.Type() != msgp.MapType {
			r.Skip()
			continue
		}
		for range r.Map() {
			key := string(r.Key())
			p.entry(key, r.Raw())
		}
	}
	return p, r.Err() == nil
}

func (p *protocol) entry(key string, value []byte) {
	switch key {
	case "v":
		if v, _, err := msgp.ReadUint64Bytes(value); err == nil {
			p.version = int(min(v, math.MaxInt32))
		}
	case "p":
		ask, _, err := msgp.ReadBoolBytes(value)
		p.ask = p.ask || err == nil && ask
		p.alive = p.alive || err == nil && !ask
	case ours:
		what, _, err := msgp.ReadStringZC(value)
		p.refused = p.refused || err == nil && string(what) == declines
	}
}
