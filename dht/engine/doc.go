// SPDX-License-Identifier: GPL-3.0-or-later

// Package engine is the protocol of one DHT node as a state machine: packets, the time and calls go
// in; datagrams, requests to verify signatures and results come out. It starts no goroutine, opens no
// socket and reads no clock, so thousands of engines run in one simulation, and a run repeats exactly
// for the same seed.
//
// An Engine is not safe for concurrent use. All its methods take the present moment, which must not
// go back. The functions it calls, those of Host and the sinks of operations, must not call it back,
// except where they say so.
//
// What is where:
//
//	receive   a packet in, dropped or dispatched            serve*    the answers to requests of others
//	request   our requests, their repetition and answers    target    the walks around one key, and what
//	family    one address family: table, known nodes                  hangs on them: get, place (put and
//	maintain  upkeep of the table, bootstrap                          publish) and watch (listen)
package engine
