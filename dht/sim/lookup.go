// SPDX-License-Identifier: GPL-3.0-or-later

package sim

import (
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Lookup is one get and what came of it.
type Lookup struct {
	Node     *Node
	Key      wire.Hash
	Replica  bool          // a living node that answers had the value when the lookup began
	Found    bool          // a value came
	Finished bool          // the lookup ended by itself
	First    time.Duration // until the first value
	Whole    time.Duration // until the end
	Hops     int           // referrals to the node that had the value
	Requests int           // sent, repetitions not counted

	w     *World
	began time.Time
	get   *engine.Get
}

// Get starts a lookup at a node.
func (w *World) Get(n *Node, key wire.Hash) *Lookup {
	l := &Lookup{Node: n, Key: key, Replica: w.Replicas(key, n) > 0, w: w, began: w.now}
	n.Do(func(e *engine.Engine, now time.Time) { l.get = e.Get(now, key, value.Query{}, l) })
	return l
}

// Value is called by the engine.
func (l *Lookup) Value(*value.Value) {
	if !l.Found {
		l.Found, l.First = true, l.w.now.Sub(l.began)
	}
}

// Done is called by the engine.
func (l *Lookup) Done(error) {
	l.Finished, l.Whole = true, l.w.now.Sub(l.began)
	if l.get != nil {
		l.Hops, l.Requests = l.get.Hops, l.get.Requests
	}
}

// Replicas counts the living nodes other than one that answer and hold a value under the key.
func (w *World) Replicas(key wire.Hash, except *Node) int {
	count := 0
	for _, n := range w.alive {
		if n != except && !n.Mute && n.Engine.Holds(w.now, key) {
			count++
		}
	}
	return count
}

// Split divides lookups by the kind of node that made them: even and odd numbers.
func Split(lookups []*Lookup) (even, odd []*Lookup) {
	for _, l := range lookups {
		if l.Node.index%2 == 0 {
			even = append(even, l)
		} else {
			odd = append(odd, l)
		}
	}
	return even, odd
}
