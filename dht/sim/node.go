// SPDX-License-Identifier: GPL-3.0-or-later

package sim

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Node is one member of a world.
type Node struct {
	Engine *engine.Engine
	Mute   bool // it answers nobody
	Stays  bool // it is not replaced

	w      *World
	index  int
	joined time.Time
	wake   time.Time
	drawn  float64 // how slow its access is, see World.rtt
	living int     // position in World.alive
}

// Join adds a node, which enters through two living ones.
func (w *World) Join() *Node {
	n := &Node{w: w, joined: w.now, index: len(w.nodes), drawn: w.rand.NormFloat64(), living: len(w.alive)}
	n.Mute = w.rand.Float64() < w.cfg.Mute && n.index > 0
	cfg := engine.Config{Host: n, Rand: rand.New(rand.NewPCG(w.cfg.Seed, uint64(n.index)+2)), IPv4: true}
	if w.cfg.Strategy != nil {
		s := w.cfg.Strategy(n.index)
		cfg.Strategy = &s
	}
	n.Engine = engine.New(cfg)
	w.nodes = append(w.nodes, n)
	n.schedule(n.Engine.Start(w.now))
	w.alive = append(w.alive, n)
	return n
}

// Kill takes a node away without a word.
func (w *World) Kill(n *Node) {
	w.nodes[n.index] = nil
	last := w.alive[len(w.alive)-1]
	w.alive[n.living], last.living = last, n.living
	w.alive = w.alive[:len(w.alive)-1]
}

// Alive reports whether the node was not killed.
func (n *Node) Alive() bool { return n.w.nodes[n.index] == n }

// schedule notes when the engine wants to be called.
func (n *Node) schedule(at time.Time) {
	if at.IsZero() || !n.wake.IsZero() && !at.Before(n.wake) {
		return
	}
	n.wake = at
	n.w.events.push(event{at: at, to: n.index})
}

// Do calls the engine and takes care of its timers.
func (n *Node) Do(f func(e *engine.Engine, now time.Time)) {
	f(n.Engine, n.w.now)
	n.schedule(n.Engine.Tick(n.w.now))
}

// hears reports whether a packet reaches the engine.
func (n *Node) hears(packet []byte) bool {
	if !n.Mute {
		return true
	}
	m, err := wire.Parse(packet)
	return err == nil && !m.Kind.IsRequest()
}

// Send is called by the engine.
func (n *Node) Send(to netip.AddrPort, datagram []byte) {
	w := n.w
	i := indexOf(to)
	if i < 0 || i >= len(w.nodes) || w.nodes[i] == nil || w.rand.Float64() < w.cfg.Loss {
		return
	}
	w.events.push(event{at: w.now.Add(w.delay(n, w.nodes[i])), packet: slices.Clone(datagram), from: n.index, to: i})
}

// Verify is called by the engine. Signatures are not what is simulated.
func (n *Node) Verify(j *engine.Job) { n.Engine.Verified(n.w.now, j, value.Verify(j.Value)) }

// Bootstrap is called by the engine.
func (n *Node) Bootstrap() {
	w := n.w
	if len(w.alive) == 0 {
		return
	}
	for range 2 {
		if other := w.Pick(func(o *Node) bool { return !o.Mute && o != n }); other != nil {
			n.Engine.Ping(w.now, addrOf(other.index))
		}
	}
}
