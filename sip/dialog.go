// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"slices"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

const maxRoutes = 16 // proxies on the way that want to stay on it

// dialog is the state of RFC 3261 section 12 between us and one peer. It belongs to the loop of its session.
type dialog struct {
	callID        string
	remoteTag     string
	local, remote string // From and To of our requests, tags included
	target        sipmsg.Uri
	routes        []string // Route values, nearest first
	localSeq      uint32
	remoteSeq     uint32
	remoteSeen    bool // remoteSeq is set
}

// request starts a request inside the dialog (RFC 3261 section 12.2.1.1). ACK and CANCEL take the number of their INVITE
// instead of the next.
func (d *dialog) request(method sipmsg.RequestMethod) outbound {
	d.localSeq++
	o := outbound{
		method: method, target: d.target, routes: d.routes,
		from: d.local, to: d.remote, callID: d.callID, cseq: d.localSeq,
	}
	if len(d.routes) > 0 && !strings.Contains(strings.ToLower(d.routes[0]), ";lr") {
		// The nearest proxy is a strict router of RFC 2543: it is the target, and the target comes last.
		var first sipmsg.Uri
		if sipmsg.ParseUri(strings.Trim(d.routes[0], "<> "), &first) == nil {
			o.target = first
			o.routes = append(slices.Clone(d.routes[1:]), "<"+d.target.String()+">")
		}
	}
	return o
}

// ack starts the ACK for a 2xx to the INVITE with that number.
func (d *dialog) ack(seq uint32) outbound {
	next := d.localSeq
	o := d.request(sipmsg.ACK)
	d.localSeq = next
	o.cseq = seq
	return o
}

// refresh takes the Contact of an INVITE, UPDATE or their responses as the new target.
func (d *dialog) refresh(m interface{ Contact() *sipmsg.ContactHeader }) {
	c := m.Contact()
	if c == nil || c.Address.Wildcard || c.Address.Host == "" {
		return
	}
	d.target = *c.Address.Clone()
	d.target.Headers = nil
}

// inOrder accepts the number of a request of the peer if it is higher than all before (RFC 3261 section 12.2.2).
func (d *dialog) inOrder(seq uint32) bool {
	if d.remoteSeen && seq <= d.remoteSeq {
		return false
	}
	d.remoteSeq, d.remoteSeen = seq, true
	return true
}

// routesOf reads the Record-Route of a message, in its order.
func routesOf(m sipmsg.Message) []string {
	var routes []string
	for _, h := range m.GetHeaders("Record-Route") {
		if len(routes) < maxRoutes {
			routes = append(routes, h.Value())
		}
	}
	return routes
}
