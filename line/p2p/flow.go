// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"net"
	"time"

	"bellwire/call"
	"bellwire/link"
	"bellwire/sip"
)

const (
	// stream is the name of the stream of a link that carries SIP.
	stream = "sip"
	// domain is the host part of From, as Jami writes it.
	domain = "ring.dht"
	// probeTime is how long a connection of earlier has to show that it is alive.
	probeTime = 3 * time.Second
	// surplusTime bounds the goodbye to a device that answered too late.
	surplusTime = 5 * time.Second
)

// tag is what the SIP user agent hands back with everything that comes over a flow.
type tag struct {
	connection link.Link
}

// peerFlow is the SIP flow of one link. The first user opens it; calls in both directions share it.
type peerFlow struct {
	turn   chan struct{} // full while the flow is looked at or being opened
	flow   *sip.Flow
	served *sip.Flow // the one whose far end has answered, see awaitServed
}

// alive returns the flow if there is one that has not ended.
func (p *peerFlow) alive() *sip.Flow {
	if p.flow == nil {
		return nil
	}
	select {
	case <-p.flow.Done():
		return nil
	default:
		return p.flow
	}
}

// flowTo returns the SIP flow of a link, opening its stream when there is none yet.
func (l *Line) flowTo(ctx context.Context, connection link.Link) (*sip.Flow, error) {
	p := l.peerFlow(connection)
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done(): // whoever opens it waits for the far end
		return nil, ctx.Err()
	}
	defer func() { <-p.turn }()
	if flow := p.alive(); flow != nil {
		l.awaitServed(ctx, connection, p)
		return flow, nil
	}
	conn, err := connection.Open(ctx, stream)
	if err != nil {
		return nil, err
	}
	flow, err := l.ua.Attach(conn, tag{connection})
	if err != nil {
		conn.Close()
		return nil, err
	}
	p.flow = flow
	l.awaitServed(ctx, connection, p)
	return flow, nil
}

// inUse reports whether a link has served this line before.
func (l *Line) inUse(connection link.Link) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.flows[connection] != nil
}

// probe closes a connection whose far end does not answer any more, so that a call over it fails soon
// and is placed anew. The far end may have crashed, or its address changed.
func (l *Line) probe(connection link.Link) {
	ctx, cancel := context.WithTimeout(l.ctx, probeTime)
	defer cancel()
	if err := connection.Probe(ctx); err != nil && l.ctx.Err() == nil {
		connection.Close()
	}
}

// peerFlow returns the place of a link's flow and watches over the link from the first time on.
func (l *Line) peerFlow(connection link.Link) *peerFlow {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.flows[connection]
	if p == nil {
		p = &peerFlow{turn: make(chan struct{}, 1)}
		l.flows[connection] = p
		l.goLocked(func() { l.serve(connection) })
	}
	return p
}

// acceptLinks serves the links that other devices open.
func (l *Line) acceptLinks() {
	for {
		connection, err := l.cfg.Links.Accept(l.ctx)
		if err != nil {
			return
		}
		l.peerFlow(connection)
	}
}

// serve takes the streams of a link until it ends.
func (l *Line) serve(connection link.Link) {
	defer l.forget(connection)
	l.begin(connection)
	for {
		request, err := connection.Accept(l.ctx)
		if err != nil {
			return
		}
		l.serveStream(connection, request)
	}
}

// attach speaks SIP over a stream that the far end opened. It becomes the link's flow when there is
// none: both ends may have opened one at the same moment, and both are served.
func (l *Line) attach(connection link.Link, conn net.Conn) {
	flow, err := l.ua.Attach(conn, tag{connection})
	if err != nil {
		conn.Close()
		return
	}
	p := l.peerFlow(connection)
	select {
	case p.turn <- struct{}{}:
	default:
		return
	}
	if p.alive() == nil {
		p.flow = flow
	}
	<-p.turn
}

func (l *Line) forget(connection link.Link) {
	l.mu.Lock()
	delete(l.flows, connection)
	l.mu.Unlock()
	l.presence.linkDown(connection)
}

func party(peer link.Peer, name string) call.Party {
	return call.Party{ID: peer.Account.String(), Device: peer.Device.String(), Name: name}
}

func hostOf(a net.Addr) string {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return host
}
