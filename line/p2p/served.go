// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"time"

	"bellwire/link"
)

// servedTime is how long a Jami may take to answer our first request before others follow anyhow.
const servedTime = 500 * time.Millisecond

// awaitServed waits until a Jami serves SIP on its flow, which the caller has the turn of. Jami takes a
// stream and puts SIP behind it some milliseconds later, with a lock of its account held; what has come by
// then is handled there and then. An INVITE needs that lock too and waits for it for ever: that Jami never
// takes a call again (seen with 13.7.0). OPTIONS does not need it, and who answers has let go of it.
func (l *Line) awaitServed(ctx context.Context, connection link.Link, p *peerFlow) {
	if _, bellwire := connection.Media(); bellwire || p.served == p.flow {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, servedTime)
	defer cancel()
	// Any answer will do, and so will none.
	_, _ = p.flow.Options(ctx, l.request(connection.Peer(), connection.RemoteAddr(), ""))
	p.served = p.flow
}
