// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

import (
	"net/netip"
	"sync"

	"github.com/anacrolix/dht/v2/krpc"
)

const (
	// witnesses is how many nodes' words about our address are kept, the latest.
	witnesses = 16
	// enough of them must agree.
	enough = 2
)

// testimony collects what answering nodes say our address is (BEP 42).
type testimony struct {
	mu    sync.Mutex
	words map[netip.AddrPort]netip.AddrPort // by the node that said it
	order []netip.AddrPort                  // of nodes, the oldest first
}

// add notes the word of one node. A word that is none is left out.
func (t *testimony) add(from netip.AddrPort, said krpc.NodeAddr) {
	ip, ok := netip.AddrFromSlice(said.IP)
	if !ok || said.Port <= 0 || said.Port > 1<<16-1 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.words == nil {
		t.words = map[netip.AddrPort]netip.AddrPort{}
	}
	if _, known := t.words[from]; !known {
		t.order = append(t.order, from)
	}
	t.words[from] = netip.AddrPortFrom(ip.Unmap(), uint16(said.Port))
	if len(t.order) > witnesses {
		delete(t.words, t.order[0])
		t.order = t.order[1:]
	}
}

// address returns what more than half of the witnesses say.
func (t *testimony) address() (addr netip.AddrPort, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	votes := map[netip.AddrPort]int{}
	for _, said := range t.words {
		if votes[said]++; votes[said] >= enough && 2*votes[said] > len(t.words) {
			return said, true
		}
	}
	return netip.AddrPort{}, false
}

// Seen returns the address and port from which our datagrams arrive at most other nodes, as far as
// enough of them have said. Where it is the socket's own, no translator stands between.
func (m *Mainline) Seen() (addr netip.AddrPort, ok bool) { return m.guard.seen.address() }
