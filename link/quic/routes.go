// SPDX-License-Identifier: GPL-3.0-or-later

package quic

import (
	"encoding/binary"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"bellwire/link"
)

// routes says who gets which media packets. Reading takes no lock: every change makes a new table.
type routes struct {
	table atomic.Pointer[map[uint32]func(p []byte)]
	mu    sync.Mutex // held while a new table is made
}

func (r *routes) add(ssrc uint32, h func(p []byte)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	table := r.copyLocked()
	if _, taken := table[ssrc]; taken {
		return fmt.Errorf("%w: %#08x", link.ErrRouteTaken, ssrc)
	}
	table[ssrc] = h
	r.table.Store(&table)
	return nil
}

func (r *routes) remove(ssrc uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	table := r.copyLocked()
	delete(table, ssrc)
	r.table.Store(&table)
}

func (r *routes) copyLocked() map[uint32]func(p []byte) {
	table := map[uint32]func(p []byte){}
	if old := r.table.Load(); old != nil {
		maps.Copy(table, *old)
	}
	return table
}

// deliver hands a packet to its route; packets without one are dropped.
func (r *routes) deliver(p []byte) {
	table := r.table.Load()
	if table == nil {
		return
	}
	ssrc, ok := source(p)
	if !ok {
		return
	}
	if h := (*table)[ssrc]; h != nil {
		h(p)
	}
}

// Lengths of the fixed headers up to and with the SSRC (RFC 3550, sections 5.1 and 6.4).
const (
	rtpHeader  = 12
	rtcpHeader = 8
)

// source returns the SSRC of an RTP packet or the sender's of an RTCP packet. RTCP is known by its
// packet types 192 to 223, which no RTP payload type collides with (RFC 5761, section 4).
func source(p []byte) (ssrc uint32, ok bool) {
	if len(p) < rtcpHeader {
		return 0, false
	}
	if kind := p[1]; 192 <= kind && kind <= 223 {
		return binary.BigEndian.Uint32(p[4:]), true
	}
	if len(p) < rtpHeader {
		return 0, false
	}
	return binary.BigEndian.Uint32(p[8:]), true
}
