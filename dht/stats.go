// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"time"

	"bellwire/dht/engine"
)

// Stats are figures of a node at one moment.
type Stats = engine.Stats

// Stats returns the figures of this moment; zero after Close.
func (n *Node) Stats() (s Stats) {
	n.call(func(now time.Time) { s = n.engine.Stats(now) })
	return s
}
