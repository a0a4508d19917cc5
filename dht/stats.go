// SPDX-License-Identifier: GPL-3.0-or-later

package dht

// FamilyStats counts what the node knows of one address family.
type FamilyStats struct {
	Good, Dubious int // nodes in the routing table, by state
	Searches      int // lookups kept, live or cached
}

// Stats are figures of a node at one moment.
type Stats struct {
	IPv4, IPv6          FamilyStats
	Values              int    // values stored here
	StoredBytes         int    // their size
	BytesIn, BytesOut   uint64 // UDP payload since Start
	PacketIn, PacketOut uint64
}

// Stats returns the figures of this moment; zero after Close.
func (n *Node) Stats() Stats { return Stats{} }
