// SPDX-License-Identifier: GPL-3.0-or-later

// Package quic is the carrier between two Bellwires: QUIC and media packets share one ICE path over
// UDP and one port (RFC 9443).
//
// The first byte of a datagram tells what it is: 0 to 3 is STUN, which the path keeps to itself; 128
// to 191 is RTP or RTCP, told apart by the second byte (RFC 5761) and handed to the route of its
// SSRC; everything else is QUIC.
//
// The requester is ICE-controlling and QUIC client, unlike with Jami. Whoever gets the other's half
// last finds the first working pair first, and that is the requester; so its first QUIC packet leaves
// one round trip after the answer arrived, and the handshake is over for it one round trip later.
// With the roles the other way round both take half a round trip longer or more. Two more things
// save time: the requested end's ICE credentials follow from the requester's, so that its checks may
// overtake the answer, and QUIC starts on the first pair that works instead of waiting until one is
// nominated.
//
// Both ends show their chain in a TLS 1.3 handshake with ALPN "bellwire/1". A stream begins with the
// length of its name in one byte and the name; the other end answers with one byte, 1 for accepted
// or 2 for declined, and then the stream belongs to the two users.
package quic
