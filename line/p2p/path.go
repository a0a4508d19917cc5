// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"bellwire/link"
	"bellwire/media"
	"bellwire/media/path"
	"bellwire/media/rtp"
	"bellwire/media/sdp"
)

// maxSources bounds the sources one description may announce for a call; one is usual.
const maxSources = 4

var errNoSources = errors.New("the far end announced no source for its sound")

// linkPath is the media path of a call between two Bellwires: it shares the link's own path, and
// packets are told apart by SSRC.
type linkPath struct {
	media link.Media
	ssrc  uint32

	rtp, rtcp atomic.Pointer[func([]byte)]
	closed    atomic.Bool

	mu     sync.Mutex
	routes map[uint32]func() // by remote SSRC: how to remove the route
}

func newLinkPath(m link.Media) *linkPath {
	return &linkPath{media: m, ssrc: media.NewSSRC(), routes: map[uint32]func(){}}
}

// SSRC is the source of what we send.
func (p *linkPath) SSRC() uint32 { return p.ssrc }

// Describe announces our source; the addresses of the description mean nothing on a link.
func (p *linkPath) Describe(_ context.Context, l *sdp.Local, _ *sdp.Agreement) error {
	for i := range l.Media {
		l.Media[i].SSRC = p.ssrc
	}
	return nil
}

// Connect routes the sources the far end announced to this path, and no longer those it did before.
func (p *linkPath) Connect(_ context.Context, a *sdp.Agreement) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed.Load() {
		return path.ErrClosed
	}
	wanted := map[uint32]bool{}
	for _, plan := range a.Media {
		for _, ssrc := range plan.SSRC[:min(len(plan.SSRC), maxSources)] {
			wanted[ssrc] = true
		}
	}
	if len(wanted) == 0 {
		return errNoSources
	}
	for ssrc, remove := range p.routes {
		if !wanted[ssrc] {
			remove()
			delete(p.routes, ssrc)
		}
	}
	for ssrc := range wanted {
		if p.routes[ssrc] != nil {
			continue
		}
		remove, err := p.media.Route(ssrc, p.deliver)
		if err != nil {
			return fmt.Errorf("receive source %08x: %w", ssrc, err)
		}
		p.routes[ssrc] = remove
	}
	return nil
}

// deliver runs on the link's reading goroutine.
func (p *linkPath) deliver(packet []byte) {
	handler := p.rtp.Load()
	if rtp.IsRTCP(packet) {
		handler = p.rtcp.Load()
	}
	if handler != nil && !p.closed.Load() {
		(*handler)(packet)
	}
}

// Receive sets the handlers of incoming packets.
func (p *linkPath) Receive(rtp, rtcp func([]byte)) {
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
func (p *linkPath) WriteRTP(packet []byte) error {
	if p.closed.Load() {
		return path.ErrClosed
	}
	return p.media.Write(packet)
}

// WriteRTCP sends one compound packet on the same flow (RFC 5761).
func (p *linkPath) WriteRTCP(packet []byte) error { return p.WriteRTP(packet) }

// Close gives the routes back.
func (p *linkPath) Close() error {
	p.closed.Store(true)
	p.mu.Lock()
	defer p.mu.Unlock()
	for ssrc, remove := range p.routes {
		remove()
		delete(p.routes, ssrc)
	}
	return nil
}
