// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"bellwire/dht/wire"
)

// host is a node to bootstrap from: an address, or a name to be resolved.
type host struct {
	name string // empty when addr is known
	addr netip.AddrPort
	port uint16
}

// parseHosts reads HOST, HOST:PORT, [IPv6]:PORT and bare IPv6 addresses.
func parseHosts(texts []string) ([]host, error) {
	var hosts []host
	for _, text := range texts {
		h, err := parseHost(text)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, h)
	}
	return hosts, nil
}

func parseHost(text string) (host, error) {
	name, port := text, uint16(wire.DefaultPort)
	if inner, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(inner, "]") {
		name = strings.TrimSuffix(inner, "]")
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		return host{addr: netip.AddrPortFrom(ip, port)}, nil
	}
	if strings.ContainsRune(text, ':') {
		h, p, err := net.SplitHostPort(text)
		if err != nil {
			return host{}, fmt.Errorf("dht: bootstrap host %q is not HOST, HOST:PORT or [IPv6]:PORT", text)
		}
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return host{}, fmt.Errorf("dht: bootstrap host %q has the port %q; a port is a number from 1 to 65535", text, p)
		}
		name, port = h, uint16(n)
	}
	if name == "" || strings.ContainsAny(name, " /\\@") {
		return host{}, fmt.Errorf("dht: bootstrap host %q is not HOST, HOST:PORT or [IPv6]:PORT", text)
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		return host{addr: netip.AddrPortFrom(ip, port)}, nil
	}
	return host{name: name, port: port}, nil
}

// resolver looks names up, one series at a time.
type resolver struct {
	ctx    context.Context // ends when the node is closed
	cancel context.CancelFunc
	busy   atomic.Bool
}

// Bootstrap contacts nodes at these addresses now, whatever the state of the node.
func (n *Node) Bootstrap(addrs ...netip.AddrPort) {
	n.call(func(now time.Time) {
		for _, a := range addrs {
			n.engine.Ping(now, a)
		}
	})
}

// Bootstrap is called by the engine, in the loop.
func (h *surroundings) Bootstrap() {
	n := (*Node)(h)
	var names []host
	for _, b := range n.hosts {
		if b.name == "" {
			n.engine.Ping(time.Now(), b.addr)
		} else {
			names = append(names, b)
		}
	}
	if len(names) == 0 || !n.resolver.busy.CompareAndSwap(false, true) {
		return
	}
	n.parts.Go(func() {
		defer n.resolver.busy.Store(false)
		for _, b := range names {
			n.resolve(b)
		}
	})
}

// resolve contacts all addresses of a host.
func (n *Node) resolve(b host) {
	ips, err := net.DefaultResolver.LookupNetIP(n.resolver.ctx, "ip", b.name)
	if err != nil {
		if n.resolver.ctx.Err() == nil {
			n.log.Warn("bootstrap host not found", "host", b.name, "err", err)
		}
		return
	}
	for _, ip := range ips {
		n.Bootstrap(netip.AddrPortFrom(ip, b.port))
	}
}
