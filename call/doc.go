// SPDX-License-Identifier: GPL-3.0-or-later

// Package call owns the life of one call leg: a SIP session, its offers and answers (RFC 3264) and
// its media, as one thing that is placed or taken, goes on, and ends for a reason.
//
//	Line.Dial ──▶ Invite ──▶ offer, 18x, answer ──▶ Leg ──▶ hold, digits, … ──▶ End
//	Line.Accept ──▶ Incoming ──▶ Ring ──▶ Answer ──▶ Leg
//
// The package declares what it needs of a line, the interfaces Line and MediaPath. It does not know
// how peers are found, what carries SIP, or who watches the call.
package call
