// SPDX-License-Identifier: GPL-3.0-or-later

// Package sip is a SIP user agent (RFC 3261) from bytes to dialogs, over any reliable net.Conn handed to it.
//
// A UA holds the settings and the queues of incoming calls and messages. Each connection attached to it is a Flow:
// SIP in both directions with one peer, whose proved identity (whatever the caller of Attach says it is) comes back
// with everything received. A Session is one INVITE with the dialogs it creates, in either role.
//
// What is owned where: framing, parsing limits, transactions and sessions belong to their flow, so nothing one peer
// sends reaches the state of another. Messages and the transaction state machines are sipgo's; each flow feeds them in
// the order of arrival, one message at a time, and each session is one serial loop, so its events are seen in order.
//
// The package knows nothing of media, of how the connection came to be, or of who is calling: From is shown to the
// caller as text and proves nothing.
package sip
