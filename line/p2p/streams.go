// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"errors"
	"strings"
	"sync"

	"bellwire/line/p2p/contacts"
	"bellwire/link"
)

// maxKinds bounds the kinds of things that are reported once each.
const maxKinds = 32

// once reports what is not served here the first time it is met.
type once struct {
	mu   sync.Mutex
	said map[string]bool
}

func (o *once) first(kind string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.said[kind] || len(o.said) >= maxKinds {
		return false
	}
	if o.said == nil {
		o.said = map[string]bool{}
	}
	o.said[kind] = true
	return true
}

// stream serves a stream that the far end asks for: SIP, and texts. Jami asks for others too, and is
// content when they are declined.
func (l *Line) serveStream(connection link.Link, request *link.Request) {
	switch request.Name {
	case stream:
		if conn, err := request.Accept(); err == nil {
			l.attach(connection, conn)
		}
	case msgPrefix + l.cfg.Device.LongID().String():
		if conn, err := request.Accept(); err == nil {
			l.attachMsg(connection, conn)
		}
	default:
		request.Decline()
		kind, _, _ := strings.Cut(request.Name, ":")
		if kind = contacts.Name(kind); l.unserved.first(kind) {
			l.log.Info("a stream was declined that is not served here", "kind", kind, "peer", connection.Peer().Account)
		}
	}
}

// begin takes note of a link that is up.
func (l *Line) begin(connection link.Link) {
	if errors.Is(l.book.Allow(connection.Peer().Account), contacts.ErrRefused) { // blocked since it was let in
		connection.Close()
		return
	}
	l.presence.linkUp(connection)
	l.greetLink(connection)
}
