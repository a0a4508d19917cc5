// SPDX-License-Identifier: GPL-3.0-or-later

package icepath

import (
	"sync"
	"sync/atomic"

	"bellwire/call"
	"bellwire/link/ice"
	"bellwire/media/path"
)

// Path is the media path of one call. Until ICE has connected, packets are dropped.
type Path struct {
	cfg ice.Config

	// What the packet path needs.
	rtp, rtcp atomic.Pointer[func([]byte)]
	current   atomic.Pointer[transport] // that packets use; nil before the first works
	closed    atomic.Bool

	mu        sync.Mutex // guards what follows, and changes of current and closed
	described *transport // in a description of ours that was not answered yet
	coming    *transport // being connected
	ended     chan struct{}
}

var _ call.MediaPath = (*Path)(nil)

// New returns a path without sockets: Describe opens them.
func New(cfg ice.Config) *Path {
	cfg.Keepalive = true // on hold nothing is sent for as long as somebody likes
	return &Path{cfg: cfg, ended: make(chan struct{})}
}

// SSRC is 0: no source is announced where packets have sockets of their own.
func (p *Path) SSRC() uint32 { return 0 }

// Receive sets the handlers of incoming packets.
func (p *Path) Receive(rtp, rtcp func([]byte)) {
	p.rtp.Store(handlerOf(rtp))
	p.rtcp.Store(handlerOf(rtcp))
}

func handlerOf(f func([]byte)) *func([]byte) {
	if f == nil {
		return nil
	}
	return &f
}

// WriteRTP sends one packet.
func (p *Path) WriteRTP(packet []byte) error { return p.write(rtpComponent, packet) }

// WriteRTCP sends one compound packet.
func (p *Path) WriteRTCP(packet []byte) error { return p.write(rtcpComponent, packet) }

func (p *Path) write(component int, packet []byte) error {
	if p.closed.Load() {
		return path.ErrClosed
	}
	if t := p.current.Load(); t != nil {
		t.write(component, packet)
	}
	return nil
}

// deliver hands on a packet of a transport, unless that is no longer or not yet the one in use.
func (p *Path) deliver(from *transport, component int, packet []byte) {
	if p.current.Load() != from || len(packet) > path.MTU {
		return
	}
	handler := p.rtp.Load()
	if from.isRTCP(component, packet) {
		handler = p.rtcp.Load()
	}
	if handler != nil {
		(*handler)(packet)
	}
}

// Close ends all transports and waits for them.
func (p *Path) Close() error {
	p.mu.Lock()
	if !p.closed.Swap(true) {
		close(p.ended)
	}
	transports := []*transport{p.described, p.coming, p.current.Swap(nil)}
	p.described, p.coming = nil, nil
	p.mu.Unlock()
	for _, t := range transports {
		t.close()
	}
	return nil
}
