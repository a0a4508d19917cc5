// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"context"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Put stores the value at the nodes closest to the key and returns when those of one address family
// have confirmed. It is stored once and disappears at the end of its lifetime. Errors: ErrNoNodes,
// ErrNotStored, ErrIDTaken, ErrClosed, what is wrong with the value, or the context's, which also
// withdraws what is still to be sent.
//
// Nodes confirm whatever they are sent, stored or not: that is the protocol.
func (n *Node) Put(ctx context.Context, key wire.Hash, v *value.Value) error {
	outcome := make(chan error, 1)
	var put *engine.Put
	if !n.call(func(now time.Time) {
		put = n.engine.Put(now, key, v, func(err error) { outcome <- err })
	}) {
		return ErrClosed
	}
	select {
	case err := <-outcome:
		return err
	case <-ctx.Done():
		n.call(put.Cancel)
		return ctx.Err()
	case <-n.closed:
		return ErrClosed
	}
}

// Publish keeps the value stored until stop is called or the node is closed: it is announced again
// before its lifetime ends, and to nodes that turn up closer to the key. Publishing another value
// with the same id under the same key takes the place of the first, which needs a signed value with a
// higher sequence number. What the nodes have is forgotten at the end of its lifetime after stop.
//
// A value no node would store is logged and not published: one without an id, one that is too long, or
// one whose id is taken in our own store.
func (n *Node) Publish(key wire.Hash, v *value.Value) (stop func()) {
	var put *engine.Put
	n.call(func(now time.Time) {
		var err error
		if put, err = n.engine.Publish(now, key, v); err != nil {
			n.log.Warn("value not published", "key", key, "err", err)
		}
	})
	return func() {
		if put != nil {
			n.call(put.Cancel)
		}
	}
}
