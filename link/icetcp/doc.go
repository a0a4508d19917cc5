// SPDX-License-Identifier: GPL-3.0-or-later

// Package icetcp owns the making of a byte stream between two hosts by ICE over TCP (RFC 8445,
// RFC 6544), as Jami connects its devices.
//
// Each end listens on its addresses and tells them to the other, which connects to them; several
// connections may come up, in both directions. On each of them the ends check by STUN messages that
// the other knows the passwords; the controlling end nominates one. The others stay open without use
// until that one ends, a few of them at least: Jami wants it so. STUN and data stay in frames of RFC 4571
// for ever:
//
//	 0                   1                   2
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 ...
//	+-------------------------------+---------
//	| length of what follows        | a STUN message, or data
//	+-------------------------------+---------
//
// An [Agent] is one end until a connection is nominated; what [Agent.Connect] returns hides frames and
// STUN from then on. The package knows nothing of what runs over the stream, nor how the ends tell one
// another their halves.
package icetcp
