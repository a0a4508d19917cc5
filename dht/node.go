// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"context"
	"errors"
	"iter"
	"net/netip"

	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Errors callers branch on.
var (
	// ErrClosed means that the node was closed before or during the operation.
	ErrClosed = errors.New("dht: the node is closed")
	// ErrNoNodes means that no other node is known that answers; a value put meanwhile is kept in
	// the node's own store only.
	ErrNoNodes = errors.New("dht: no other node answers")
	// ErrNotStored means that none of the nodes closest to the key confirmed the value.
	ErrNotStored = errors.New("dht: no node confirmed the value")
	// ErrSigned means that the id is held by a signed value, which an unsigned or encrypted one
	// must not replace; choose another value id.
	ErrSigned = errors.New("dht: the value id holds a signed value; choose another id")
)

// Node is a running member of the network. Its methods may be called from any goroutine.
type Node struct{}

// Start makes a node from its sockets and begins to join the network. It returns at once; see
// WaitConnected.
func Start(cfg Config) (*Node, error) { return &Node{}, nil }

// Close ends every operation with ErrClosed, closes the sockets and returns when all goroutines of
// the node have ended.
func (n *Node) Close() error { return nil }

// ID returns the node's own id.
func (n *Node) ID() wire.Hash { return wire.Hash{} }

// Addrs returns the local addresses of the sockets.
func (n *Node) Addrs() []netip.AddrPort { return nil }

// PublicAddrs returns, for each family, the IP address most other nodes see, if any told us.
func (n *Node) PublicAddrs() []netip.Addr { return nil }

// Connected reports whether at least one node of either family is good: it answered within two
// hours and was heard of within ten minutes.
func (n *Node) Connected() bool { return false }

// WaitConnected returns nil as soon as the node is connected, or the context's error.
func (n *Node) WaitConnected(ctx context.Context) error { return nil }

// Bootstrap contacts nodes at these addresses now, whatever the state of the node.
func (n *Node) Bootstrap(addrs ...netip.AddrPort) {}

// Insert makes nodes known whose ids are known too, for example from local discovery.
func (n *Node) Insert(nodes ...wire.NodeInfo) {}

// ConnectivityChanged tells that the addresses of this machine changed: what is known of other nodes
// becomes doubtful and is tested again.
func (n *Node) ConnectivityChanged() {}

// Export returns the good nodes of the routing tables, for Config.Saved of the next run.
func (n *Node) Export() []wire.NodeInfo { return nil }

// Get looks the key up and yields the values that match the query as they come, each id once, or
// again when a newer version of it turns up. Values with a false signature are left out. The
// sequence ends when the search is complete; a non-nil error is its last element: ErrNoNodes,
// ErrClosed or the context's. Leaving the loop cancels the search.
func (n *Node) Get(ctx context.Context, key wire.Hash, q value.Query) iter.Seq2[*value.Value, error] {
	return func(yield func(*value.Value, error) bool) {}
}

// Put stores the value at the nodes closest to the key and returns when they have confirmed. It is
// stored once and disappears at the end of its lifetime. Errors: ErrNoNodes, ErrNotStored,
// ErrSigned, ErrClosed or the context's, which also withdraws what is still to be sent.
func (n *Node) Put(ctx context.Context, key wire.Hash, v *value.Value) error { return nil }

// Publish keeps the value stored until stop is called or the node is closed: it is announced again
// before its lifetime ends, and to nodes that turn up closer to the key. Publishing another value
// with the same id under the same key replaces the first.
func (n *Node) Publish(key wire.Hash, v *value.Value) (stop func()) { return func() {} }

// Listen watches the key: values that are there, come, change or expire. Close the listener when
// done.
func (n *Node) Listen(key wire.Hash, q value.Query) *Listener { return &Listener{} }
