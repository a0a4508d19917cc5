// SPDX-License-Identifier: GPL-3.0-or-later

package calltest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"bellwire/media"
	"bellwire/media/path"
	"bellwire/media/sdp"
)

// Path is one end of a media path in memory. Packets arrive 10 ms after they were sent, each
// on a goroutine of the path's own.
type Path struct {
	ssrc      uint32
	far       *Path
	packets   chan []byte
	rtp, rtcp atomic.Pointer[func([]byte)]
	silent    atomic.Bool
	closed    chan struct{}
	once      sync.Once
	reader    sync.WaitGroup
}

const pathDelay = 10 * time.Millisecond

// NewPaths returns the two ends of a path.
func NewPaths() (a, b *Path) {
	a, b = newPath(), newPath()
	a.far, b.far = b, a
	return a, b
}

func newPath() *Path {
	p := &Path{ssrc: media.NewSSRC(), packets: make(chan []byte, 1000), closed: make(chan struct{})}
	p.reader.Go(p.read)
	return p
}

func (p *Path) read() {
	for {
		select {
		case packet := <-p.packets:
			handler := p.rtp.Load()
			if packet[1] >= 192 && packet[1] <= 223 {
				handler = p.rtcp.Load()
			}
			if handler != nil {
				(*handler)(packet)
			}
		case <-p.closed:
			return
		}
	}
}

// WriteRTP sends a copy of a packet.
func (p *Path) WriteRTP(packet []byte) error {
	select {
	case <-p.closed:
		return path.ErrClosed
	default:
	}
	if p.silent.Load() {
		return nil
	}
	copied := append([]byte(nil), packet...)
	far := p.far
	time.AfterFunc(pathDelay, func() {
		select {
		case far.packets <- copied:
		case <-far.closed:
		}
	})
	return nil
}

// Silence loses what this end sends, or no longer does.
func (p *Path) Silence(on bool) { p.silent.Store(on) }

// WriteRTCP is WriteRTP.
func (p *Path) WriteRTCP(packet []byte) error { return p.WriteRTP(packet) }

// Receive sets the handlers.
func (p *Path) Receive(rtp, rtcp func([]byte)) {
	p.rtp.Store(&rtp)
	p.rtcp.Store(&rtcp)
	if rtp == nil {
		p.rtp.Store(nil)
	}
	if rtcp == nil {
		p.rtcp.Store(nil)
	}
}

// Close ends this end and waits for its goroutine.
func (p *Path) Close() error {
	p.once.Do(func() { close(p.closed) })
	p.reader.Wait()
	return nil
}

// SSRC is the source of what this end sends.
func (p *Path) SSRC() uint32 { return p.ssrc }

// Describe announces the source.
func (p *Path) Describe(_ context.Context, l *sdp.Local, _ *sdp.Agreement) error {
	l.Media[0].SSRC = p.ssrc
	return nil
}

// Connect checks that the far end announced its source.
func (p *Path) Connect(_ context.Context, a *sdp.Agreement) error {
	if len(a.Media[0].SSRC) != 1 || a.Media[0].SSRC[0] != p.far.ssrc {
		return errors.New("the description does not name the far end's source")
	}
	return nil
}
