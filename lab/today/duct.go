// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"encoding/binary"
	"sync"

	"bellwire/link/ice"
	"bellwire/media/path"
)

// duct carries the packets of a call: RTP on the first component, plain RTCP on the second. It outlives
// the sound that uses it, since a call that is held keeps its ICE.
type duct struct {
	ports    *ports
	paths    [components]*ice.Path
	complain func(string, ...any)
	running  sync.WaitGroup

	mu       sync.Mutex
	handlers [components]func([]byte)
	noted    bool // that RTCP is not as it should be
}

func newDuct(o *ports, paths [components]*ice.Path, complain func(string, ...any)) *duct {
	d := &duct{ports: o, paths: paths, complain: complain}
	for n := range paths {
		d.running.Go(func() { d.read(n) })
	}
	return d
}

func (d *duct) close() {
	d.ports.close()
	d.running.Wait()
}

func (d *duct) read(n int) {
	buffer := make([]byte, path.MTU)
	for {
		size, err := d.paths[n].Read(buffer)
		if err != nil {
			return
		}
		packet := buffer[:size]
		d.mu.Lock()
		handler := d.handlers[n]
		if !d.noted && isRTCP(packet) != (n == 1) {
			d.noted = true
			d.mu.Unlock()
			d.complain("component %d carries %x…, which is not for it, or is encrypted RTCP", n+1, packet[:min(size, 12)])
			d.mu.Lock()
		}
		d.mu.Unlock()
		if handler != nil {
			handler(packet)
		}
	}
}

// isRTCP reports whether a packet is a compound of plain RTCP packets: their lengths add up, which a
// tag behind them would prevent.
func isRTCP(p []byte) bool {
	for len(p) >= 4 && p[1] >= 192 && p[1] <= 223 {
		length := 4 * (1 + int(binary.BigEndian.Uint16(p[2:])))
		if length > len(p) {
			return false
		}
		if p = p[length:]; len(p) == 0 {
			return true
		}
	}
	return false
}

// use is a duct as the path of one sound.
type use struct{ *duct }

// WriteRTP implements path.Path.
func (u use) WriteRTP(p []byte) error { return u.write(0, p) }

// WriteRTCP implements path.Path.
func (u use) WriteRTCP(p []byte) error { return u.write(1, p) }

func (u use) write(n int, p []byte) error {
	if _, err := u.paths[n].Write(p); err != nil {
		return path.ErrClosed
	}
	return nil
}

// Receive implements path.Path.
func (u use) Receive(rtp, rtcp func([]byte)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.handlers = [components]func([]byte){rtp, rtcp}
}

// Close ends the use, not the duct.
func (u use) Close() error {
	u.Receive(nil, nil)
	return nil
}
