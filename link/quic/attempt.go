// SPDX-License-Identifier: GPL-3.0-or-later

package quic

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/quic-go/quic-go"

	"bellwire/link"
	"bellwire/link/ice"
)

// alpn names what runs over QUIC.
const alpn = "bellwire/1"

// attempt implements link.Attempt.
type attempt struct {
	terms link.Terms
	agent *ice.Agent
	// What the far end's checks are signed with.
	peerUfrag, peerPwd string
}

// Half implements link.Attempt.
func (a *attempt) Half() ice.Description { return a.agent.Description() }

// Close implements link.Attempt.
func (a *attempt) Close() error {
	a.agent.Close()
	return nil
}

// Connect implements link.Attempt.
func (a *attempt) Connect(ctx context.Context, remote link.Remote) (link.Session, error) {
	path, err := a.agent.Start(a.peerUfrag, a.peerPwd)
	if err != nil {
		return nil, err
	}
	shake := newHandshake(a, path)
	if a.terms.Role == link.Requested {
		if err := shake.listen(); err != nil {
			_ = shake.transport.Close()
			return nil, err
		}
	}
	if err := a.findPath(ctx, path, remote); err != nil {
		_ = shake.transport.Close()
		return nil, err
	}
	session, err := shake.finish(ctx)
	if err != nil {
		_ = shake.transport.Close()
		return nil, err
	}
	return session, nil
}

// findPath waits until a pair works. The time for that runs from when the far end's addresses are
// known; checks of the far end that overtake them are welcome.
func (a *attempt) findPath(ctx context.Context, path *ice.Path, remote link.Remote) error {
	ctx, cancel := context.WithCancel(ctx)
	known := make(chan error, 1)
	go func() { known <- a.learn(ctx, remote) }()
	learned := false
	defer func() {
		cancel()
		if !learned {
			<-known
		}
	}()
	var timeout <-chan time.Time
	for {
		select {
		case <-path.Ready():
			return nil
		case err := <-known:
			learned = true
			if err != nil {
				return err
			}
			timer := time.NewTimer(a.terms.Timeouts.Connect)
			defer timer.Stop()
			timeout = timer.C
		case <-timeout:
			return fmt.Errorf("%w: no path to its addresses was found within %v", link.ErrUnreachable, a.terms.Timeouts.Connect)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// learn waits for the far end's half and makes its addresses known.
func (a *attempt) learn(ctx context.Context, remote link.Remote) error {
	half, err := remote(ctx)
	if err != nil {
		return err
	}
	if half.Ufrag != a.peerUfrag || half.Pwd != a.peerPwd {
		return fmt.Errorf("%w: its answer does not belong to this offer", link.ErrUnreachable)
	}
	a.agent.AddRemote(half.Candidates)
	return nil
}

// handshake is QUIC and TLS being set up over a path.
type handshake struct {
	*attempt
	conn      *packetConn
	transport *quic.Transport
	listener  *quic.EarlyListener // requested end only

	// Set by TLS before the handshake ends.
	peer    link.Peer
	refusal error
}

func newHandshake(a *attempt, path *ice.Path) *handshake {
	conn := newPacketConn(path)
	return &handshake{attempt: a, conn: conn, transport: &quic.Transport{Conn: conn}}
}

func (h *handshake) tls() *tls.Config {
	cfg := h.terms.Expect.TLS(h.terms.Device, func(p link.Peer, err error) { h.peer, h.refusal = p, err })
	cfg.NextProtos = []string{alpn}
	return cfg
}

// Flow control windows in bytes: with 100 ms of round trip a stream can carry 20 MB/s.
const (
	maxStreamWindow = 2 << 20
	maxConnWindow   = 4 << 20
	// maxStreams bounds the streams the far end may have open.
	maxStreams = 64
	// packetSize passes links with an MTU of 1280 even through a TURN server. It does not grow: a
	// path may move to another pair.
	packetSize = 1200
)

func (h *handshake) quic() *quic.Config {
	t := h.terms.Timeouts
	return &quic.Config{
		HandshakeIdleTimeout:       t.Handshake,
		MaxIdleTimeout:             t.Dead,
		KeepAlivePeriod:            t.Keepalive,
		MaxStreamReceiveWindow:     maxStreamWindow,
		MaxConnectionReceiveWindow: maxConnWindow,
		MaxIncomingStreams:         maxStreams,
		MaxIncomingUniStreams:      -1,
		InitialPacketSize:          packetSize,
		DisablePathMTUDiscovery:    true,
	}
}

// listen lets one connection begin and no other: each costs a signature, and what TLS finds about the
// far end has one place. quic-go asks from one goroutine.
func (h *handshake) listen() (err error) {
	taken := false
	cfg := h.quic()
	cfg.GetConfigForClient = func(*quic.ClientInfo) (*quic.Config, error) {
		if taken {
			return nil, errTaken
		}
		taken = true
		return h.quic(), nil
	}
	h.listener, err = h.transport.ListenEarly(h.tls(), cfg)
	return err
}

var errTaken = errors.New("the attempt has its connection already")

// finish shakes hands over the path that was found.
func (h *handshake) finish(ctx context.Context) (link.Session, error) {
	limit := h.terms.Timeouts.Handshake
	shakeCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	begin := h.dial
	if h.listener != nil {
		begin = h.accept
	}
	conn, err := begin(shakeCtx)
	switch {
	case err == nil:
		return newSession(h, conn), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case shakeCtx.Err() != nil:
		return nil, fmt.Errorf("%w: the handshake took longer than %v", link.ErrUnreachable, limit)
	}
	if h.refusal != nil {
		return nil, h.refusal
	}
	return nil, explain(err)
}

func (h *handshake) dial(ctx context.Context) (*quic.Conn, error) {
	return h.transport.Dial(ctx, farEnd, h.tls(), h.quic())
}

// accept takes the connection that began: only the holder of the offer's ICE password gets as far as
// this.
func (h *handshake) accept(ctx context.Context) (*quic.Conn, error) {
	conn, err := h.listener.Accept(ctx)
	if err != nil {
		return nil, err
	}
	_ = h.listener.Close()
	select {
	case <-conn.HandshakeComplete():
		return conn, nil
	case <-conn.Context().Done():
		return nil, context.Cause(conn.Context())
	case <-ctx.Done():
		_ = conn.CloseWithError(codeClosed, "")
		return nil, ctx.Err()
	}
}
