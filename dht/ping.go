// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"bellwire/dht/wire"
)

// pingInterval is how long a ping waits for its answer before it is sent again; pings is how often
// it is sent at most.
const (
	pingInterval = time.Second
	pings        = 3
)

// Pong is the answer of a node to Ping.
type Pong struct {
	ID    wire.Hash
	RTT   time.Duration
	Agent string     // program and version, as the node says
	Seen  netip.Addr // our address as the node sees it
}

// Ping asks one address whether a node of the network answers there, without being a node. It sends
// from conn, which it neither reads from afterwards nor closes. The error wraps ErrNoNodes when
// nothing answered three pings.
func Ping(ctx context.Context, conn net.PacketConn, to netip.AddrPort, network uint32) (Pong, error) {
	question := wire.Message{Kind: wire.Ping, TID: rand.Uint32() | 1, Network: network, ID: randomHash(), Client: true}
	defer context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) })()
	packet := question.Append(nil)
	buffer := make([]byte, 2048)
	for range pings {
		sent := time.Now()
		if _, err := conn.WriteTo(packet, net.UDPAddrFromAddrPort(to)); err != nil {
			return Pong{}, fmt.Errorf("send a ping to %s: %w", to, err)
		}
		conn.SetReadDeadline(sent.Add(pingInterval))
		for {
			n, from, err := conn.ReadFrom(buffer)
			if ctx.Err() != nil {
				return Pong{}, ctx.Err()
			}
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				break
			}
			if err != nil {
				return Pong{}, fmt.Errorf("wait for the answer of %s: %w", to, err)
			}
			if reply, ok := pong(buffer[:n], question.TID, network); ok && sameAddr(from, to) {
				return Pong{ID: reply.ID, RTT: time.Since(sent), Agent: reply.Agent, Seen: reply.Seen}, nil
			}
		}
	}
	return Pong{}, fmt.Errorf("%s: %w", to, ErrNoNodes)
}

func pong(packet []byte, tid, network uint32) (wire.Message, bool) {
	m, err := wire.Parse(packet)
	return m, err == nil && m.Kind == wire.Reply && m.TID == tid && m.Network == network
}

func sameAddr(a net.Addr, b netip.AddrPort) bool {
	udp, ok := a.(*net.UDPAddr)
	if !ok {
		return false
	}
	from := udp.AddrPort()
	return from.Port() == b.Port() && from.Addr().Unmap().WithZone("") == b.Addr().Unmap().WithZone("")
}

// randomHash is an id for somebody who is not a node.
func randomHash() (h wire.Hash) {
	for i := range h {
		h[i] = byte(rand.Uint32())
	}
	return h
}
