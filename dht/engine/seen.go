// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"net/netip"
	"time"
)

// maxSeen bounds the addresses others claim to see us at.
const maxSeen = 16

// saw counts an address another node sees us at.
func (f *family) saw(a netip.Addr) {
	a = a.Unmap()
	if f.e.familyOf(a) != f {
		return
	}
	if f.seen == nil {
		f.seen = map[netip.Addr]int{}
	}
	if _, known := f.seen[a]; known || len(f.seen) < maxSeen {
		f.seen[a]++
	}
}

// PublicAddrs returns for each family the address that most answers named as ours.
func (e *Engine) PublicAddrs(now time.Time) []netip.Addr {
	e.now = now
	var addrs []netip.Addr
	for _, f := range e.families() {
		if a := f.public(); a.IsValid() {
			addrs = append(addrs, a)
		}
	}
	return addrs
}

// public is the address that most answers named as ours, invalid if none did.
func (f *family) public() (best netip.Addr) {
	for a, n := range f.seen {
		if m := f.seen[best]; n > m || n == m && a.Less(best) {
			best = a
		}
	}
	return best
}

// translated reports whether a translator may stand between us and others: where others see us is no
// address of this machine.
func (f *family) translated() bool {
	if a := f.public(); a != f.judged {
		f.judged, f.direct = a, f.e.own != nil && f.e.own(a)
	}
	return !f.direct
}
