// SPDX-License-Identifier: GPL-3.0-or-later

package quic

import (
	"github.com/quic-go/quic-go"

	"bellwire/link"
)

// OpenRaw opens a stream without its header.
func OpenRaw(s link.Session) (*quic.Stream, error) { return s.(*session).conn.OpenStream() }
