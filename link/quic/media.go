// SPDX-License-Identifier: GPL-3.0-or-later

package quic

import (
	"fmt"
	"sync"

	"bellwire/link"
)

// media implements link.Media.
type media struct{ conn *packetConn }

// Write implements link.Media.
func (m media) Write(p []byte) error {
	if len(p) == 0 || len(p) > link.MaxPacket || !isMedia(p[0]) {
		return fmt.Errorf("send a media packet of %d bytes: it is no RTP or RTCP packet of at most %d bytes", len(p), link.MaxPacket)
	}
	if _, err := m.conn.path.Write(p); err != nil {
		return link.ErrClosed
	}
	return nil
}

// Route implements link.Media.
func (m media) Route(ssrc uint32, h func(p []byte)) (func(), error) {
	if err := m.conn.routes.add(ssrc, h); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { m.conn.routes.remove(ssrc) }), nil
}
