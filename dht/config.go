// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"log/slog"
	"net"
	"net/netip"

	"bellwire/dht/storage"
	"bellwire/dht/wire"
)

// Config describes a node. Only Conns is required.
type Config struct {
	// Conns are one or two UDP sockets, one for IPv4 and one for IPv6. The node owns them and
	// closes them. A wildcard IPv6 socket must be IPv6 only.
	Conns []net.PacketConn

	// ID is the node's own id; zero means a random one. Keep it between runs together with the
	// nodes of Export, so that neighbours recognise the node.
	ID wire.Hash

	// Network is the network id; nodes of other networks are not heard. 0 is the public one.
	Network uint32

	// Bootstrap names nodes to contact while the node knows nobody that answers: HOST, HOST:PORT
	// or [IPv6]:PORT, port 4222 when absent. Names are resolved at every attempt.
	Bootstrap []string

	// Saved are nodes of an earlier run, from Export.
	Saved []wire.NodeInfo

	// Client marks the node as one that others shall not keep in their tables nor hand out.
	Client bool

	// Own reports whether an address is one of this machine, so that fewer packets are sent where no
	// translator has to be kept awake. Nil knows none.
	Own func(netip.Addr) bool

	// Storage limits what other nodes may store here; the zero value means the defaults.
	Storage storage.Config

	// Workers is the number of goroutines that verify signatures; 0 means one for every two
	// processors, at least one. They run only while there is something to verify.
	Workers int

	// Log receives what an operator may want to know; nil discards it.
	Log *slog.Logger
}
