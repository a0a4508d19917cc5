// SPDX-License-Identifier: GPL-3.0-or-later

// Package join puts a node of the DHT into its network and keeps it there. It owns the node's sockets
// and its sources of first contact: nodes saved by an earlier run, neighbours on the local network,
// configured hosts, and the BitTorrent DHT as a meeting point for those who know nobody.
package join
