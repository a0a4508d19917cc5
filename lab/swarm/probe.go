// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package swarm

import (
	"crypto/rand"
	"fmt"
	"net"
	"time"

	"bellwire/dht/wire"
	"bellwire/lab/netns"
)

// A prober asks nodes directly, one packet each, what they store. It calls itself a client, so that
// no node takes it into its table.
type prober struct {
	conn    net.PacketConn
	id      wire.Hash
	network uint32
	tid     uint32
}

func newProber(in *netns.Namespace, network uint32, v6 bool) (*prober, error) {
	family, address := "udp4", "127.0.0.1:0"
	if v6 {
		family, address = "udp6", "[::1]:0"
	}
	conn, err := in.ListenPacket(family, address)
	if err != nil {
		return nil, err
	}
	p := &prober{conn: conn, network: network}
	rand.Read(p.id[:])
	return p, nil
}

func (p *prober) close() { p.conn.Close() }

// stores asks a member whether it holds a value under the key. A member that does not answer three
// times within a second each is an error.
func (p *prober) stores(m Member, key wire.Hash) (bool, error) {
	for range 3 {
		reply, err := p.ask(m, key)
		if err == nil {
			return len(reply.Values)+len(reply.Sizes) > 0, nil
		}
	}
	return false, fmt.Errorf("node %s at %s answers no get", m.ID(), m.Addr())
}

func (p *prober) ask(m Member, key wire.Hash) (wire.Message, error) {
	p.tid++
	request := wire.Message{
		Kind: wire.Get, TID: p.tid, Network: p.network, Client: true, Agent: wire.Agent,
		ID: p.id, Target: key, HasQuery: true,
	}
	if _, err := p.conn.WriteTo(request.Append(nil), net.UDPAddrFromAddrPort(m.Addr())); err != nil {
		return wire.Message{}, err
	}
	if err := p.conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		return wire.Message{}, err
	}
	packet := make([]byte, 1<<16)
	for {
		n, _, err := p.conn.ReadFrom(packet)
		if err != nil {
			return wire.Message{}, err
		}
		reply, err := wire.Parse(packet[:n])
		if err == nil && reply.Kind == wire.Reply && reply.TID == p.tid {
			return reply, nil
		}
	}
}
