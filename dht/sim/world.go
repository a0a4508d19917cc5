// SPDX-License-Identifier: GPL-3.0-or-later

package sim

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"bellwire/dht/search"
)

// Config describes a network.
type Config struct {
	Seed     uint64
	Nodes    int
	Loss     float64 // share of packets lost
	Mute     float64 // share of nodes that ask but answer nobody
	Replaced float64 // share of nodes replaced by new ones every ten minutes
	JoinTime time.Duration

	// Strategy says how node number i looks things up; nil for search.Prompt everywhere.
	Strategy func(i int) search.Strategy
}

// World is a network in simulated time.
type World struct {
	cfg     Config
	rand    *rand.Rand
	now     time.Time
	events  queue
	nodes   []*Node // by address; nil when gone
	alive   []*Node
	churned int

	Packets int // delivered
}

// New returns a world whose nodes join during the first JoinTime.
func New(cfg Config) *World {
	w := &World{cfg: cfg, rand: rand.New(rand.NewPCG(cfg.Seed, 1)), now: time.Unix(1_700_000_000, 0)}
	for i := range cfg.Nodes {
		w.At(time.Duration(i)*cfg.JoinTime/time.Duration(cfg.Nodes), func() { w.Join() })
	}
	if cfg.Replaced > 0 {
		w.At(cfg.JoinTime, w.churn)
	}
	return w
}

// Now is the simulated time.
func (w *World) Now() time.Time { return w.now }

// At runs f after d.
func (w *World) At(d time.Duration, f func()) {
	w.events.push(event{at: w.now.Add(d), call: f})
}

// Run lets d pass.
func (w *World) Run(d time.Duration) {
	end := w.now.Add(d)
	for {
		e, ok := w.events.pop(end)
		if !ok {
			break
		}
		w.now = e.at
		w.happen(e)
	}
	w.now = end
}

// RunUntil lets time pass until done says so, at most d. It reports whether it did.
func (w *World) RunUntil(d time.Duration, done func() bool) bool {
	for end := w.now.Add(d); w.now.Before(end) && !done(); {
		w.Run(10 * time.Millisecond)
	}
	return done()
}

func (w *World) happen(e event) {
	switch {
	case e.call != nil:
		e.call()
	case e.packet != nil:
		if n := w.nodes[e.to]; n != nil && n.hears(e.packet) {
			w.Packets++
			n.schedule(n.Engine.HandlePacket(w.now, addrOf(e.from), e.packet))
		}
	default:
		if n := w.nodes[e.to]; n != nil && e.at.Equal(n.wake) {
			n.wake = time.Time{}
			n.schedule(n.Engine.Tick(w.now))
		}
	}
}

// churn replaces one node and comes again.
func (w *World) churn() {
	rate := w.cfg.Replaced * float64(w.cfg.Nodes) / (10 * time.Minute).Seconds()
	w.At(time.Duration(w.rand.ExpFloat64()/rate*float64(time.Second)), func() {
		if n := w.Pick(func(n *Node) bool { return !n.Stays }); n != nil {
			w.Kill(n)
			w.Join()
			w.churned++
		}
		w.churn()
	})
}

// Pick returns a random living node that ok accepts, or nil when none is found soon.
func (w *World) Pick(ok func(*Node) bool) *Node {
	for range 1000 {
		if n := w.alive[w.rand.IntN(len(w.alive))]; ok(n) {
			return n
		}
	}
	return nil
}

// Alive returns the living nodes.
func (w *World) Alive() []*Node { return w.alive }

// The nodes have the addresses from 16.0.0.0 up.
const firstAddr = 16 << 24

func addrOf(i int) netip.AddrPort {
	a := uint32(firstAddr + i)
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)}), 4222)
}

func indexOf(a netip.AddrPort) int {
	b := a.Addr().As4()
	return int(uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8|uint32(b[3])) - firstAddr
}

// Bytes returns what each living node sent and received so far, IP and UDP headers included.
func (w *World) Bytes() map[*Node]uint64 {
	bytes := map[*Node]uint64{}
	for _, n := range w.alive {
		t := n.Engine.Stats(w.now).Traffic
		bytes[n] = t.BytesIn + t.BytesOut + 28*(t.PacketsIn+t.PacketsOut)
	}
	return bytes
}
