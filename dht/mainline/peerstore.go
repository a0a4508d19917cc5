// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

import (
	"net/netip"
	"sync"
	"time"

	"github.com/anacrolix/dht/v2/krpc"
	peerstore "github.com/anacrolix/dht/v2/peer-store"
)

const (
	// peerLifetime is how long an announced peer is handed out. Clients announce again every 30 minutes
	// or sooner.
	peerLifetime = 45 * time.Minute

	// maxSwarms and maxPeers bound what is stored for others: infohashes, and peers of each.
	maxSwarms = 1024
	maxPeers  = 64

	// maxGiven is how many peers one answer holds, so that it fits a datagram.
	maxGiven = 32
)

// peerStore keeps the peers that others announce to us, as every member of the DHT does.
type peerStore struct {
	mu     sync.Mutex
	swarms map[peerstore.InfoHash]*swarm
}

// swarm holds the peers of one infohash. An address counts once: a new port replaces the old one.
type swarm struct {
	peers   []peer // oldest announcement first
	touched time.Time
}

type peer struct {
	addr netip.AddrPort
	seen time.Time
}

func newPeerStore() *peerStore {
	return &peerStore{swarms: make(map[peerstore.InfoHash]*swarm)}
}

// AddPeer stores an announcement. Those without a usable address are dropped.
func (s *peerStore) AddPeer(hash peerstore.InfoHash, announced krpc.NodeAddr) {
	ip, ok := netip.AddrFromSlice(announced.IP)
	if !ok || announced.Port <= 0 || announced.Port > 65535 {
		return
	}
	s.add(time.Now(), hash, netip.AddrPortFrom(ip.Unmap(), uint16(announced.Port)))
}

func (s *peerStore) add(now time.Time, hash peerstore.InfoHash, addr netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.swarms[hash]
	if w == nil {
		s.makeRoom(now)
		w = &swarm{}
		s.swarms[hash] = w
	}
	w.touched = now
	w.remove(func(p peer) bool { return p.addr.Addr() == addr.Addr() || now.Sub(p.seen) >= peerLifetime })
	if len(w.peers) >= maxPeers {
		w.peers = append(w.peers[:0], w.peers[1:]...)
	}
	w.peers = append(w.peers, peer{addr, now})
}

// makeRoom forgets what is too old or, when nothing is, the infohash announced to longest ago.
func (s *peerStore) makeRoom(now time.Time) {
	if len(s.swarms) < maxSwarms {
		return
	}
	var oldest peerstore.InfoHash
	var at time.Time
	for hash, w := range s.swarms {
		if now.Sub(w.touched) >= peerLifetime {
			delete(s.swarms, hash)
			continue
		}
		if at.IsZero() || w.touched.Before(at) {
			oldest, at = hash, w.touched
		}
	}
	if len(s.swarms) >= maxSwarms {
		delete(s.swarms, oldest)
	}
}

func (w *swarm) remove(gone func(peer) bool) {
	kept := w.peers[:0]
	for _, p := range w.peers {
		if !gone(p) {
			kept = append(kept, p)
		}
	}
	w.peers = kept
}

// GetPeers returns the peers that announced last.
func (s *peerStore) GetPeers(hash peerstore.InfoHash) []krpc.NodeAddr {
	return s.get(time.Now(), hash)
}

func (s *peerStore) get(now time.Time, hash peerstore.InfoHash) (given []krpc.NodeAddr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.swarms[hash]
	if w == nil {
		return nil
	}
	for i := len(w.peers) - 1; i >= 0 && len(given) < maxGiven; i-- {
		if p := w.peers[i]; now.Sub(p.seen) < peerLifetime {
			given = append(given, krpc.NodeAddr{IP: p.addr.Addr().AsSlice(), Port: int(p.addr.Port())})
		}
	}
	return given
}
