// SPDX-License-Identifier: GPL-3.0-or-later

// Package mainline owns meeting other nodes through the BitTorrent DHT, so that a node with no saved
// node, no configured host and no neighbour can still find the OpenDHT network.
//
// It is a small member of that DHT (BEP 5). Under one infohash, that all Bellwires know, it looks for
// peers, which are addresses of OpenDHT nodes, and, while we are reachable, announces our own DHT port.
// What it finds are addresses to ping, no more: whoever answers in the OpenDHT protocol is a node.
//
// The protocol is spoken by anacrolix/dht, which trusts its peers too much to face them directly: some
// datagrams crash it. Everything it reads passes a guard first, which checks the encoding, decodes the
// message once in a place where that may fail, lets pass only the requests we serve, and limits their
// rate; everything it stores goes to bounded stores of our own. No host is contacted but the configured
// routers and what is found through them.
package mainline
