// SPDX-License-Identifier: GPL-3.0-or-later

package join

import (
	"context"
	"net"
	"net/netip"
	"time"

	"bellwire/dht/mainline"
	"bellwire/internal/netx"
)

const (
	// meetAfter is how long the other sources of first contact have before the BitTorrent DHT is
	// asked: where they work, calls need not wait for it.
	meetAfter = 2 * time.Second
	// decideInterval is how often it is decided anew whether others are sent our way.
	decideInterval = time.Second
	// useless is how long a member that has found the network, and cannot be found itself, stays: its
	// membership costs more traffic than the node.
	useless = time.Minute
	// lookAgain is how often it is checked whether the network was lost, and the BitTorrent DHT is
	// needed again.
	lookAgain = 30 * time.Second
)

// meet takes part in the BitTorrent DHT: to find nodes when nobody was found otherwise, and to be found
// by those who know nobody.
func (n *Network) meet(ctx context.Context) {
	if !n.cfg.Mainline {
		return
	}
	n.running.Go(func() {
		for n.alone(ctx) {
			n.attend(ctx)
		}
	})
}

// alone waits until the BitTorrent DHT is of use: at the start, after the other sources had their time,
// and later whenever nobody answers any more. It is false when the context ended.
func (n *Network) alone(ctx context.Context) bool {
	if !n.attended {
		n.attended = true
		joining, cancel := context.WithTimeout(ctx, meetAfter)
		defer cancel()
		n.WaitConnected(joining) // whether or not: who can be found is there for the others
		return ctx.Err() == nil
	}
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	for {
		select {
		case <-look.C:
			if !n.Connected() {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}

// attend is a member of the BitTorrent DHT until the context ends, or it is of no use any more.
func (n *Network) attend(ctx context.Context) {
	conn, err := n.cfg.Net.ListenUDP("udp4", &net.UDPAddr{IP: n.ownIPv4()})
	if err != nil {
		n.log.Info("the BitTorrent DHT cannot be asked for nodes", "error", err)
		return
	}
	m, err := mainline.Start(mainline.Config{
		Conn: conn, Port: n.port(), Network: n.cfg.Network, Routers: n.cfg.MainlineRouters, Log: n.log,
	})
	if err != nil {
		conn.Close()
		n.log.Info("the BitTorrent DHT cannot be asked for nodes", "error", err)
		return
	}
	defer m.Close()
	local, _ := netip.ParseAddrPort(conn.LocalAddr().String())
	decide := time.NewTicker(decideInterval)
	defer decide.Stop()
	needed := time.Now()
	for {
		select {
		case addr := <-m.Peers():
			n.Bootstrap(addr)
		case <-decide.C:
			reachable := n.reachable(m, local)
			m.Announce(reachable)
			if reachable || !n.Connected() {
				needed = time.Now()
			} else if time.Since(needed) > useless {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// reachable reports whether strangers can reach our node: the BitTorrent DHT sees our socket there at an
// address and port of this machine, so that no translator stands between. local is that socket.
func (n *Network) reachable(m *mainline.Mainline, local netip.AddrPort) bool {
	seen, ok := m.Seen()
	if !ok || seen.Port() != local.Port() {
		return false
	}
	return seen.Addr() == local.Addr() || isOwn(n.cfg.Net, seen.Addr())
}

// isOwn reports whether an interface of this machine has the address.
func isOwn(machine netx.Net, addr netip.Addr) bool {
	interfaces, err := machine.Interfaces()
	if err != nil {
		return false
	}
	for _, i := range interfaces {
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().Unmap() == addr {
				return true
			}
		}
	}
	return false
}

// ownIPv4 is the address of our IPv4 socket, which the one for the BitTorrent DHT shares; nil for all.
func (n *Network) ownIPv4() net.IP {
	for _, addr := range n.Addrs() {
		if addr.Addr().Is4() {
			return addr.Addr().AsSlice()
		}
	}
	return nil
}
