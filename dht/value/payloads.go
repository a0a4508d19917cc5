// SPDX-License-Identifier: GPL-3.0-or-later

package value

import (
	"fmt"
	"math"
	"net/netip"

	"bellwire/dht/wire"
	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

// ServiceMessage is the data of a DHT message: [service str, data bin].
type ServiceMessage struct {
	Service string
	Data    []byte
}

// Append appends the data of the value.
func (m ServiceMessage) Append(b []byte) []byte {
	b = msgp.AppendArrayHeader(b, 2)
	b = msgp.AppendString(b, m.Service)
	return msgp.AppendBytes(b, m.Data)
}

// ParseServiceMessage reads the data of a DHT message. Its Data is a part of b.
func ParseServiceMessage(b []byte) (ServiceMessage, error) {
	r := msgpack.NewReader(b)
	if r.Array() < 2 {
		r.Fail()
	}
	m := ServiceMessage{Service: string(r.Text()), Data: r.Bytes()}
	if r.Err() != nil {
		return ServiceMessage{}, fmt.Errorf("a DHT message: %w", ErrMalformed)
	}
	return m, nil
}

// ICECandidates is the data of a value of that type: [id uint, bin].
type ICECandidates struct {
	ID   uint64
	Data []byte
}

// Append appends the data of the value.
func (c ICECandidates) Append(b []byte) []byte {
	b = msgp.AppendArrayHeader(b, 2)
	b = msgp.AppendUint64(b, c.ID)
	return msgp.AppendBytes(b, c.Data)
}

// ParseICECandidates reads the data of ICE candidates. Their Data is a part of b.
func ParseICECandidates(b []byte) (ICECandidates, error) {
	r := msgpack.NewReader(b)
	if r.Array() < 2 {
		r.Fail()
	}
	c := ICECandidates{ID: r.Uint(math.MaxUint64), Data: r.Bytes()}
	if r.Err() != nil {
		return ICECandidates{}, fmt.Errorf("ICE candidates: %w", ErrMalformed)
	}
	return c, nil
}

// AppendServiceAddr appends the data of an IP service announcement: the address as a bin.
func AppendServiceAddr(b []byte, a netip.AddrPort) []byte {
	return msgp.AppendBytes(b, appendSockaddr(nil, a))
}

// ParseServiceAddr reads the data of an IP service announcement.
func ParseServiceAddr(b []byte) (netip.AddrPort, error) {
	r := msgpack.NewReader(b)
	a, ok := parseSockaddr(r.Bytes())
	if r.Err() != nil || !ok {
		return netip.AddrPort{}, fmt.Errorf("an IP service announcement: %w", ErrMalformed)
	}
	return a, nil
}

// AppendNodeExport appends a node in the form in which nodes are saved and handed to others outside of
// the protocol: {"id": bin20, "addr": bin}.
func AppendNodeExport(b []byte, n wire.NodeInfo) []byte {
	b = msgp.AppendMapHeader(b, 2)
	b = msgp.AppendString(b, "id")
	b = msgp.AppendBytes(b, n.ID[:])
	b = msgp.AppendString(b, "addr")
	return msgp.AppendBytes(b, appendSockaddr(nil, n.Addr))
}

// ParseNodeExport reads what AppendNodeExport wrote.
func ParseNodeExport(b []byte) (wire.NodeInfo, error) {
	r := msgpack.NewReader(b)
	var id []byte
	var addr netip.AddrPort
	var ok bool
	for range r.Map() {
		switch string(r.Key()) {
		case "id":
			id = r.Bytes()
		case "addr":
			addr, ok = parseSockaddr(r.Bytes())
		default:
			r.Skip()
		}
	}
	if r.Err() != nil || len(id) != wire.HashLen || !ok {
		return wire.NodeInfo{}, fmt.Errorf("an exported node: %w", ErrMalformed)
	}
	return wire.NodeInfo{ID: wire.Hash(id), Addr: addr}, nil
}
