// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"context"
	"iter"

	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Changes watches the key as Listen does and yields what changes until the context ends or the node is
// closed. It also tells when a value was stored once more, as far as the reader keeps up.
func (n *Node) Changes(ctx context.Context, key wire.Hash, q value.Query) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		l := n.listen(key, q, true)
		defer l.Close()
		for {
			select {
			case e, more := <-l.Events():
				if !more || !yield(e) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}
