// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

import (
	"context"
	"net/netip"
	"time"

	"github.com/anacrolix/dht/v2"
)

const (
	// firstPause is the wait after the first search, doubled after each up to lastPause, which is
	// also the interval of announcements.
	firstPause = 2 * time.Second
	lastPause  = 15 * time.Minute
)

// run searches again and again until ctx ends. The first searches follow one another quickly: a node
// hands out only those that answered it before, so what a young table can tell grows within seconds.
func (m *Mainline) run(ctx context.Context) {
	pause := firstPause
	maintained := false
	for {
		m.findRouters(ctx)
		if m.canSearch() {
			if !maintained {
				maintained = true
				m.parts.Go(m.server.TableMaintainer)
			} else if pause < lastPause {
				m.fillTable(ctx)
			}
			m.search(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-m.changed:
			pause = firstPause
		case <-time.After(pause):
			pause = min(2*pause, lastPause)
		}
	}
}

// findRouters looks the configured hosts up while no node is known.
func (m *Mainline) findRouters(ctx context.Context) {
	if m.server.NumNodes() > 0 {
		return
	}
	var all []dht.Addr
	for _, router := range m.cfg.Routers {
		addrs, err := resolve(ctx, router)
		if err != nil && ctx.Err() == nil {
			m.log.Warn("a router of the BitTorrent DHT cannot be used", "router", router, "err", err)
		}
		all = append(all, addrs...)
	}
	if len(all) > 0 {
		m.routers.set(all)
	}
}

// canSearch reports whether there is anybody to ask. The library leaves goroutines behind when told to
// search without.
func (m *Mainline) canSearch() bool {
	known, _ := m.routers.known()
	return len(known) > 0 || m.server.NumNodes() > 0
}

// fillTable looks for nodes near us. Close ends it through the server: given a context, the library would
// return at its end but leave goroutines behind.
func (m *Mainline) fillTable(ctx context.Context) {
	if _, err := m.server.Bootstrap(); err != nil && ctx.Err() == nil {
		m.log.Debug("the table of the BitTorrent DHT could not be filled", "err", err)
	}
}

// search asks for peers, and announces us at the closest nodes while we are reachable.
func (m *Mainline) search(ctx context.Context) {
	var options []dht.AnnounceOpt
	if m.announcing.Load() && m.cfg.Port != 0 {
		options = append(options, dht.AnnouncePeer(dht.AnnouncePeerOpts{Port: int(m.cfg.Port)}))
	}
	op, err := m.server.AnnounceTraversal(m.hash, options...)
	if err != nil {
		m.log.Debug("the search in the BitTorrent DHT did not start", "err", err)
		return
	}
	stop := context.AfterFunc(ctx, op.Close)
	defer stop()
	for answer := range op.Peers {
		m.take(answer)
	}
	<-op.Finished()
}

// take hands out the peers of one answer.
func (m *Mainline) take(answer dht.PeersValues) {
	teller, _ := netip.AddrFromSlice(answer.NodeInfo.Addr.IP)
	for i, p := range answer.Peers {
		if i == maxGiven {
			return
		}
		ip, ok := netip.AddrFromSlice(p.IP)
		if !ok || p.Port <= 0 || p.Port > 65535 || !worthAPing(ip.Unmap(), teller.Unmap()) {
			continue
		}
		select {
		case m.found <- netip.AddrPortFrom(ip.Unmap(), uint16(p.Port)):
		default:
			return
		}
	}
}

// worthAPing refuses addresses that no node has, and those inside our own network or host when it is a
// node outside that names them.
func worthAPing(ip, teller netip.Addr) bool {
	if !ip.IsValid() || ip.IsUnspecified() || ip.IsMulticast() || ip.Is4() && (ip.As4()[0] == 0 || ip.As4()[0] >= 240) {
		return false
	}
	return !local(ip) || local(teller)
}

func local(ip netip.Addr) bool {
	return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
}
