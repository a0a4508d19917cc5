// SPDX-License-Identifier: GPL-3.0-or-later

package sim

import (
	"encoding/binary"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Publish has values kept by nodes that stay, one key each, and returns the keys.
func (w *World) Publish(count int) []wire.Hash {
	var keys []wire.Hash
	for i := range count {
		key := wire.KeyOf(binary.BigEndian.AppendUint64([]byte("published"), uint64(i)))
		n := w.Pick(func(n *Node) bool { return !n.Mute })
		n.Stays = true
		n.Do(func(e *engine.Engine, now time.Time) {
			e.Publish(now, key, &value.Value{ID: uint64(i) + 1, Data: key[:]})
		})
		keys = append(keys, key)
	}
	return keys
}

// settled is how long a node must have been in the network to be measured.
const settled = 10 * time.Second

// Measure spreads lookups of random ones of the keys over d, each from a random node that answers, and
// waits until they have ended.
func (w *World) Measure(keys []wire.Hash, count int, d time.Duration) []*Lookup {
	var lookups []*Lookup
	for i := range count {
		w.At(time.Duration(i)*d/time.Duration(count), func() {
			n := w.Pick(func(n *Node) bool { return !n.Mute && w.now.Sub(n.joined) > settled })
			lookups = append(lookups, w.Get(n, keys[w.rand.IntN(len(keys))]))
		})
	}
	w.Run(d + 20*time.Second)
	ended := lookups[:0]
	for _, l := range lookups {
		if l.Finished {
			ended = append(ended, l)
		}
	}
	return ended
}
