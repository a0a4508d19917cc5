// SPDX-License-Identifier: GPL-3.0-or-later

// Package p2p is a Jami account as a telephone line. It publishes where the account's device can be
// found, resolves other accounts to their devices, opens links to them and speaks SIP over a stream
// of each link, with the SRTP of the calls beside it.
//
//	Dial:   resolve (dht) ──▶ connect (link) ──▶ ring (call over sip)     each device of the account at once
//	Accept: link ──▶ stream "sip" ──▶ INVITE ──▶ call.Incoming
//	Texts:  MESSAGE over "sip", streams "msg:", values in the inbox ──▶ call.Text, each once
//
// It knows people, too: the book of package contacts says who they are and what they may, watches of
// their ids in the DHT and the links that are up whether they can be reached, and letters from inbox to
// inbox carry the requests by which they become contacts.
//
// Who a peer is, is what its link proved; a From header that says otherwise is refused.
package p2p
