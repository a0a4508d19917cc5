// SPDX-License-Identifier: GPL-3.0-or-later

package table

import (
	"net/netip"
	"time"

	"bellwire/dht/wire"
)

// How long what was heard from a node counts.
const (
	goodReply = 120 * time.Minute // a good node answered within this time,
	goodHeard = 10 * time.Minute  // and was heard of within this one
	TokenLife = 10 * time.Minute  // a write token is used this long after the reply that carried it
)

// Node is what is known of one remote node. The engine keeps one Node for each id and family; tables
// and lookups share it.
type Node struct {
	ID   wire.Hash
	Addr netip.AddrPort
	RTT  RTT

	// Token lets us write at the node, until TokenUntil.
	Token      []byte
	TokenUntil time.Time

	// AuthErrors counts refused tokens in a row.
	AuthErrors int

	// Client nodes are answered but never kept in a table nor handed out.
	Client bool

	heard   time.Time // any packet
	replied time.Time // an answer to a request of ours
	expired bool
	pending int // requests of ours that wait for its answer
	lastTID uint32
}

// Heard notes that a packet came from the node, which makes an expired node worth asking again
// only when it was an answer; see Replied.
func (n *Node) Heard(now time.Time) { n.heard = now }

// Replied notes an answer to a request of ours; it revives an expired node.
func (n *Node) Replied(now time.Time) {
	n.heard, n.replied = now, now
	n.expired = false
}

// Expire notes that the node let all transmissions of a request pass.
func (n *Node) Expire() { n.expired = true }

// Expired reports whether the last request to the node was given up.
func (n *Node) Expired() bool { return n.expired }

// Doubt makes the node dubious until it answers again, after a change of our own connectivity.
func (n *Node) Doubt() { n.heard, n.replied, n.expired = time.Time{}, time.Time{}, false }

// Good reports whether the node may be handed out: it answered, was heard of lately, and did not
// fail since.
func (n *Node) Good(now time.Time) bool {
	return !n.expired && !n.replied.IsZero() && now.Sub(n.replied) < goodReply && now.Sub(n.heard) < goodHeard
}

// Silent reports whether nothing was heard from the node for ten minutes.
func (n *Node) Silent(now time.Time) bool { return now.Sub(n.heard) >= goodHeard }

// LastReply is the time of the last answer, zero if there was none.
func (n *Node) LastReply() time.Time { return n.replied }

// Pending is the number of requests that wait for the node's answer.
func (n *Node) Pending() int { return n.pending }

// AddPending changes the number of requests that wait for the node's answer.
func (n *Node) AddPending(delta int) { n.pending += delta }

// Writable reports whether we hold a token of the node that is still fresh.
func (n *Node) Writable(now time.Time) bool { return len(n.Token) > 0 && now.Before(n.TokenUntil) }

// SetToken keeps a write token from a reply or update of the node.
func (n *Node) SetToken(token []byte, now time.Time) {
	n.Token, n.TokenUntil = append(n.Token[:0:0], token...), now.Add(TokenLife)
}

// NextTID returns the next transaction or socket id for the node: a counter that starts anywhere
// and is never zero.
func (n *Node) NextTID(start func() uint32) uint32 {
	if n.lastTID == 0 {
		n.lastTID = start()
	}
	n.lastTID++
	if n.lastTID == 0 {
		n.lastTID = 1
	}
	return n.lastTID
}

// Info is the node as it travels in node lists.
func (n *Node) Info() wire.NodeInfo { return wire.NodeInfo{ID: n.ID, Addr: n.Addr} }
