// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"encoding/binary"
	"iter"
	"log/slog"
	"net/netip"
)

// MaxNodes is how many nodes a reply lists per address family.
const MaxNodes = 8

// Lengths of the entries of node lists: id, address, port.
const (
	node4Len = HashLen + 4 + 2
	node6Len = HashLen + 16 + 2
)

// NodeInfo is a node and where it is.
type NodeInfo struct {
	ID   Hash
	Addr netip.AddrPort
}

// LogValue shows the short id and the address.
func (n NodeInfo) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("id", n.ID), slog.String("addr", n.Addr.String()))
}

// SeenFrom corrects an entry of a list that came from the address from: a node that a peer on the same
// host reaches by loopback is reached by us at the peer's address and the listed port.
func (n NodeInfo) SeenFrom(from netip.Addr) NodeInfo {
	if n.Addr.Addr().IsLoopback() && n.Addr.Addr().Is4() == from.Is4() {
		n.Addr = netip.AddrPortFrom(from, n.Addr.Port())
	}
	return n
}

// AppendNode appends the compact form of n to a list of its address family: 26 bytes for IPv4 (n4), 38
// bytes for IPv6 (n6).
func AppendNode(list []byte, n NodeInfo) []byte {
	list = append(list, n.ID[:]...)
	ip := n.Addr.Addr()
	if ip.Is4() {
		a := ip.As4()
		list = append(list, a[:]...)
	} else {
		a := ip.As16()
		list = append(list, a[:]...)
	}
	return binary.BigEndian.AppendUint16(list, n.Addr.Port())
}

// Nodes yields the entries of the message's two lists that can be nodes: those with martian addresses
// or an all-zero id are left out, and of each list only the first MaxNodes entries count.
func (m *Message) Nodes() iter.Seq[NodeInfo] {
	return func(yield func(NodeInfo) bool) {
		if eachNode(m.Nodes4, node4Len, yield) {
			eachNode(m.Nodes6, node6Len, yield)
		}
	}
}

// eachNode reports whether yield wants more.
func eachNode(list []byte, size int, yield func(NodeInfo) bool) bool {
	for i := 0; i < MaxNodes && len(list) >= size; i++ {
		n := parseNode(list[:size])
		list = list[size:]
		if n.ID.IsZero() || Martian(n.Addr) {
			continue
		}
		if !yield(n) {
			return false
		}
	}
	return true
}

func parseNode(b []byte) NodeInfo {
	ip, _ := netip.AddrFromSlice(b[HashLen : len(b)-2])
	port := binary.BigEndian.Uint16(b[len(b)-2:])
	return NodeInfo{ID: Hash(b[:HashLen]), Addr: netip.AddrPortFrom(ip, port)}
}
