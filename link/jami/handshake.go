// SPDX-License-Identifier: GPL-3.0-or-later

package jami

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"bellwire/link"
	"bellwire/link/jami/mux"
)

// shake proves both ends to one another and starts the session.
func (a *attempt) shake(ctx context.Context, conn net.Conn) (link.Session, error) {
	var (
		peer    link.Peer
		refusal error
	)
	cfg := a.terms.Expect.TLS(a.terms.Device, func(p link.Peer, err error) { peer, refusal = p, err })
	cfg.DynamicRecordSizingDisabled = true // a frame is one record
	begin, first := tls.Server, mux.FirstOfRequester
	if a.terms.Role == link.Requested {
		begin, first = tls.Client, mux.FirstOfRequested
	}
	limit := a.terms.Timeouts.Handshake
	shakeCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	secure := begin(conn, cfg)
	err := secure.HandshakeContext(shakeCtx)
	switch {
	case err == nil:
		return newSession(secure, first, peer, a.terms.Timeouts), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case refusal != nil:
		return nil, refusal
	case shakeCtx.Err() != nil:
		return nil, fmt.Errorf("%w: the handshake took longer than %v", link.ErrUnreachable, limit)
	}
	return nil, explainHandshake(err)
}
