// SPDX-License-Identifier: GPL-3.0-or-later

// Package dht is a node of an OpenDHT network: it finds, stores and watches small signed or
// encrypted values under 160-bit keys, together with every other node.
//
// A Node joins what the packages below it own. dht/wire turns packets into messages and back,
// dht/value knows values and their rules, dht/storage keeps the values of others, dht/table
// remembers other nodes, dht/search walks towards a key, and dht/engine, the node's protocol, is one
// state machine without goroutines or sockets. This package gives an engine its sockets, its
// clock, a pool of workers that verify signatures, and a blocking interface.
//
// IPv4 and IPv6 are two networks with one node id and one store. Every operation runs on all the
// families the node has sockets for, in parallel.
package dht
