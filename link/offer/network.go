// SPDX-License-Identifier: GPL-3.0-or-later

package offer

import (
	"context"

	"bellwire/dht"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Network is the part of a DHT that offers travel over; see [Over].
type Network interface {
	// Put returns when the value is stored under the key.
	Put(ctx context.Context, key wire.Hash, v *value.Value) error
	// Watch delivers the values that are or come under the key.
	Watch(key wire.Hash) Watch
}

// Watch is one key being watched.
type Watch interface {
	Events() <-chan dht.Event
	Close()
}

// Over makes offers travel over this node.
func Over(n *dht.Node) Network { return node{n} }

type node struct{ *dht.Node }

func (n node) Watch(key wire.Hash) Watch { return n.Listen(key, value.Query{}) }
