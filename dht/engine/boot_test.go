// SPDX-License-Identifier: GPL-3.0-or-later

package engine_test

import (
	"net/netip"
	"testing"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/wire"
)

func TestBootstrapRetries(t *testing.T) {
	l := newLab(t)
	l.run(80 * time.Second)
	var waits []time.Duration
	for i := 1; i < len(l.boots); i++ {
		waits = append(waits, l.boots[i].Sub(l.boots[i-1]))
	}
	if len(waits) != 3 || waits[0] != 10*time.Second || waits[1] != 20*time.Second || waits[2] != 40*time.Second {
		t.Errorf("waited %v", waits)
	}
	l.join(1)
	before := len(l.boots)
	l.run(time.Hour)
	if len(l.boots) != before {
		t.Error("bootstraps while connected")
	}
}

func TestBootstrapAgainWhenAllAreLost(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	p.dead = true
	before := len(l.boots)
	l.run(30 * time.Minute)
	if len(l.boots) == before {
		t.Fatal("no bootstrap after the last node was lost")
	}
	p.dead = false
	l.run(15 * time.Minute)
	if !l.e.Connected(l.now) {
		t.Error("the node that came back was not found again")
	}
}

func TestSavedNodes(t *testing.T) {
	l := newLab(t)
	l.join(1, 2, 3)
	saved := l.e.Export(l.now)
	if len(saved) != 3 {
		t.Fatalf("saved %v", saved)
	}
	later := newLab(t, func(c *engine.Config) { c.Saved = saved })
	for _, n := range []byte{1, 2, 3} {
		later.peer(n)
	}
	later.run(30 * time.Second)
	if good := later.e.Stats(later.now).IPv4.Good; good != 3 {
		t.Errorf("%d of the saved nodes are good", good)
	}
}

func TestPublicAddress(t *testing.T) {
	l := newLab(t)
	l.join(1, 2, 3)
	if got := l.e.PublicAddrs(l.now); len(got) != 1 || got[0] != addr(99).Addr() {
		t.Errorf("public address %v", got)
	}
}

// Nobody takes the place of a good node by using its id; of a silent one, yes.
func TestAddressOfGoodNodeIsKept(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	thief := addr(66)
	if r := l.replyTo(thief, wire.Message{Kind: wire.Ping, ID: p.id}); r.Kind != wire.Reply {
		t.Error("the request was not answered")
	}
	if got := l.e.Export(l.now); len(got) != 1 || got[0].Addr != p.addr {
		t.Errorf("the node lives at %v now", got)
	}
	p.dead = true
	l.packet(thief, wire.Message{Kind: wire.Ping, ID: p.id})
	l.run(15 * time.Second)
	moved := l.peer(1)
	moved.addr = thief
	l.peers[thief] = moved
	l.packet(thief, wire.Message{Kind: wire.Ping, ID: p.id})
	l.do(func(e *engine.Engine, now time.Time) { e.Ping(now, thief) })
	l.run(time.Second)
	if got := l.e.Export(l.now); len(got) != 1 || got[0].Addr != thief {
		t.Errorf("the node that moved is at %v", got)
	}
}

// At most 1024 requests a second are heard from one address, whatever its ports.
func TestRequestLimit(t *testing.T) {
	l := newLab(t)
	answered := 0
	for i := range 3000 {
		from := netip.AddrPortFrom(addr(1).Addr(), uint16(10_000+i%500))
		m := wire.Message{Kind: wire.Ping, TID: uint32(i + 1), ID: id(1)}
		before := len(l.sent)
		l.deliver(from, &m)
		for _, s := range l.sent[before:] {
			if s.to == from && s.m.Kind == wire.Reply {
				answered++
			}
		}
		l.now = l.now.Add(300 * time.Microsecond)
	}
	if answered != 1024 {
		t.Errorf("%d of 3000 requests in 0.9 s were answered", answered)
	}
	if r := l.replyTo(addr(2), wire.Message{Kind: wire.Ping, ID: id(2)}); r.Kind != wire.Reply {
		t.Error("another address is not heard")
	}
	l.run(time.Second)
	if r := l.replyTo(addr(1), wire.Message{Kind: wire.Ping, ID: id(1)}); r.Kind != wire.Reply {
		t.Error("not heard a second later")
	}
}

// The table is kept fresh: every bucket is asked for nodes when it was silent for ten minutes.
func TestBucketsAreRefreshed(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	l.run(5 * time.Minute)
	finds := p.count(wire.Find)
	l.run(30 * time.Minute)
	more := p.count(wire.Find) - finds
	if more < 2 || more > 12 {
		t.Errorf("%d finds in half an hour", more)
	}
	if !l.e.Connected(l.now) {
		t.Error("the only node is not good any more")
	}
}

func TestConnectivityChange(t *testing.T) {
	l := newLab(t)
	peers := l.join(1, 2, 3)
	l.watch(wire.Query{})
	l.run(time.Second)
	for _, p := range peers {
		p.heard = nil
	}
	l.do(func(e *engine.Engine, now time.Time) { e.ConnectivityChanged(now) })
	if l.e.Connected(l.now) {
		t.Error("still connected")
	}
	l.run(time.Second)
	if !l.e.Connected(l.now) {
		t.Error("not connected again")
	}
	for _, p := range peers {
		if p.count(wire.Listen) == 0 {
			t.Error("a registration was not renewed")
		}
	}
}
