// SPDX-License-Identifier: GPL-3.0-or-later

// Package mux owns Jami's multiplexed socket: many named streams over one reliable connection.
//
// The connection carries MessagePack objects one after the other, whatever the pieces they arrive in:
//
//	array of 2: channel (0 to 65535), bin payload (at most 65535 bytes)
//
//	channel 0      control: array [name, channel, state]; 0 asks for a stream, 1 accepts, 2 declines
//	channel 65535  the protocol itself: map {"v": version} from both ends at the start, {"p": true}
//	               asks for a sign of life, {"p": false} is one
//	others         a stream's bytes; an empty payload closes the stream in both directions
//
// Both ends open streams, each with numbers of its own half: the requester of a connection from 32768
// upwards, the requested end from 1. Any free number of the far end's is accepted, for old versions
// pick at random.
//
// There are no windows. A stream nobody reads fills its buffer, and then the whole socket waits, down
// to TCP's own flow control. What this end writes goes through one goroutine, a frame of each
// stream in turn, so that a long transfer delays a short message by a frame and no more; answers of
// the protocol go first. A frame and its header are never parted: as many as fit into 16 KiB are one
// write, which makes them one TLS record.
package mux
