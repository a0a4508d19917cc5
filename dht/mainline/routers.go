// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/anacrolix/dht/v2"
)

// resolveLimit bounds the look-up of one host name.
const resolveLimit = 10 * time.Second

// routers are the addresses of the configured hosts, as far as they are known.
type routers struct {
	mu    sync.Mutex
	addrs []dht.Addr
}

// known returns the addresses. The library asks for them whenever it knows no node.
func (r *routers) known() ([]dht.Addr, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.addrs, nil
}

func (r *routers) set(addrs []dht.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addrs = addrs
}

// resolve returns the addresses of HOST:PORT.
func resolve(ctx context.Context, router string) (addrs []dht.Addr, err error) {
	host, service, err := net.SplitHostPort(router)
	if err != nil {
		return nil, fmt.Errorf("the router %q is not HOST:PORT: %w", router, err)
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil || port == 0 {
		return nil, fmt.Errorf("the port of the router %q is not a number from 1 to 65535", router)
	}
	ctx, cancel := context.WithTimeout(ctx, resolveLimit)
	defer cancel()
	ips, err := lookup(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("look up the router %q: %w", router, err)
	}
	for _, ip := range ips {
		addr := netip.AddrPortFrom(ip.Unmap(), uint16(port))
		addrs = append(addrs, dht.NewAddr(net.UDPAddrFromAddrPort(addr)))
	}
	return addrs, nil
}

func lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}
