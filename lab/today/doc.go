// SPDX-License-Identifier: GPL-3.0-or-later

// Package today is a peer that behaves on the wire as Jami's daemon of August 2026 does, which cannot
// be installed where tests run; and as the one of 2023 did where the two differ.
//
// What it writes and reads is made anew after recordings of those daemons, in testdata, and shares
// only the DHT, ICE, SRTP and codecs with the rooms it tests: a mistake made on both sides would
// show nowhere. It does what was seen and nothing else, and notes what a real daemon would stumble
// over; see [Peer.Complaints].
//
//	Peer ── signal: requests in the DHT ──▶ connection: ICE-TCP, TLS ──▶ socket: channels
//	                                                                      ├ sip: line ──▶ Call ──▶ sound
//	                                                                      └ msg: texts
package today
