// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"net/netip"
	"slices"
	"time"

	"bellwire/dht/wire"
)

// While nobody answers, the way in is tried again and again. OpenDHT waits up to a day between tries; a
// phone that was without a network for a night should be back sooner.
const (
	bootRetryMin = 10 * time.Second
	bootRetryMax = 10 * time.Minute
)

// maxKnown is how many nodes are remembered for the time when all others are gone.
const maxKnown = 32

// boot is the way into the network.
type boot struct {
	known []wire.NodeInfo // saved ones, then those that were good lately
	delay time.Duration
	timer timer
}

// bootstrap tries to reach somebody, until it is not needed any more.
func (e *Engine) bootstrap() {
	e.boot.delay = min(max(2*e.boot.delay, bootRetryMin), bootRetryMax)
	e.after(&e.boot.timer, e.boot.delay, func() {
		if !e.reachable() {
			e.bootstrap()
		}
	})
	for _, info := range e.boot.known[:min(len(e.boot.known), maxKnown)] {
		if f := e.familyOf(info.Addr.Addr()); f != nil && !e.banned(info.Addr) {
			e.pingAddr(f, info.Addr)
		}
	}
	e.host.Bootstrap()
}

// reachable reports whether a node is known that is good or may be.
func (e *Engine) reachable() bool {
	for _, f := range e.families() {
		if good, dubious := f.table.Count(e.now); good+dubious > 0 {
			return true
		}
	}
	return false
}

// Ping contacts an address where a node may be.
func (e *Engine) Ping(now time.Time, addr netip.AddrPort) {
	e.now = now
	addr = wire.Unmap(addr)
	if f := e.familyOf(addr.Addr()); f != nil && !wire.Martian(addr) {
		e.pingAddr(f, addr)
	}
}

func (e *Engine) pingAddr(f *family, addr netip.AddrPort) {
	f.prepare(nil, addr, wire.Message{Kind: wire.Ping, TID: e.rand.Uint32()}).start()
}

// Insert makes a node known and contacts it.
func (e *Engine) Insert(now time.Time, info wire.NodeInfo) {
	e.now = now
	if n := e.mention(info); n != nil && n.Pending() == 0 && !n.Good(now) {
		e.familyOf(n.Addr.Addr()).ping(n)
	}
}

// reached notes that somebody answered: the first time our own neighbourhood is searched.
func (f *family) reached() {
	if !f.joined {
		f.joined = true
		f.find(f.e.id)
	}
}

// lost notes that a node was given up; with the last one begins the way in again.
func (f *family) lost() {
	if good, dubious := f.table.Count(f.e.now); good+dubious > 0 {
		return
	}
	f.joined = false
	if f.e.boot.timer.index == 0 && !f.e.reachable() {
		f.e.after(&f.e.boot.timer, max(f.e.boot.delay, bootRetryMin), f.e.bootstrap)
	}
}

// add remembers a node that answered for the first time, while there is room.
func (b *boot) add(info wire.NodeInfo) {
	if len(b.known) < maxKnown && !slices.Contains(b.known, info) {
		b.known = append(b.known, info)
	}
}

// remember keeps the nodes that are good now for the time when all are lost. The network is taken for
// stable then, and the next loss for a new one.
func (e *Engine) remember() {
	if good := e.export(maxKnown); len(good) > 0 {
		e.boot.known, e.boot.delay = good, 0
	}
}

// Export returns the good nodes, those with the longest prefix in common with us last.
func (e *Engine) Export(now time.Time) []wire.NodeInfo {
	e.now = now
	return e.export(1 << 10)
}

func (e *Engine) export(most int) []wire.NodeInfo {
	var good []wire.NodeInfo
	for _, f := range e.families() {
		for n := range f.table.All() {
			if n.Good(e.now) && len(good) < most {
				good = append(good, n.Info())
			}
		}
	}
	return good
}

// ConnectivityChanged makes everything known of others doubtful after a change of our own addresses,
// and tests it.
func (e *Engine) ConnectivityChanged(now time.Time) time.Time {
	e.now = now
	e.remember()
	e.blacklist = nil
	for _, f := range e.families() {
		f.table.Doubt()
		f.seen, f.judged, f.direct = nil, netip.Addr{}, false
		f.joined = false
		for _, t := range f.live {
			t.restart()
		}
	}
	e.boot.delay = 0
	e.bootstrap()
	return e.Tick(now)
}
