// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"strings"

	"bellwire/call"
	"bellwire/line/p2p/contacts"
	"bellwire/sip"
)

// acceptCalls turns INVITEs into incoming calls.
func (l *Line) acceptCalls() {
	for {
		session, err := l.ua.Accept(l.ctx)
		if err != nil {
			return
		}
		l.offer(session)
	}
}

// offer hands a call to the user of the line, or refuses it.
func (l *Line) offer(session *sip.Session) {
	connection := session.Flow().Tag().(tag).connection
	peer := connection.Peer()
	from := session.Remote()
	if !strings.EqualFold(from.URI.User, peer.Account.String()) {
		l.log.Warn("a call was refused because its From is not the account that called", "peer", peer.Account)
		session.Reject(403, "Forbidden")
		return
	}
	if l.book.Allow(peer.Account) != nil { // blocked since the connection was made
		session.Reject(403, "Forbidden")
		return
	}
	in, err := call.NewIncoming(session, l.ground(connection, party(peer, displayName(from.Name))))
	if err != nil {
		return
	}
	l.log.Info("a call comes in", "peer", peer.Account, "device", peer.Device)
	select {
	case l.calls <- in:
	default:
		in.Reject(call.Busy)
	}
}

// displayName makes a claimed name fit to be shown.
func displayName(name string) string { return contacts.Name(name) }
