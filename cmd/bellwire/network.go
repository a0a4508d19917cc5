// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"bellwire/configs"
	"bellwire/dht/join"
	"bellwire/internal/netx"
	"bellwire/store"
)

// dhtPort is where nodes listen unless told otherwise.
const dhtPort = "4222"

const dhtBucket = "dht"

// joinNetwork starts a node of the DHT as the configuration says. state keeps what it learns; nil
// keeps nothing.
func (a *app) joinNetwork(cfg configs.Config, state store.Store) (*join.Network, error) {
	host, err := netx.Host()
	if err != nil {
		return nil, err
	}
	settings := join.Config{
		Net:             host,
		Listen:          cfg.DHT.Listen,
		Bootstrap:       cfg.DHT.Bootstrap,
		Network:         cfg.DHT.Network,
		Discovery:       cfg.DHT.Discovery,
		Mainline:        cfg.DHT.Mainline,
		MainlineRouters: cfg.DHT.MainlineRouters,
		Log:             a.log(cfg.Log.Level).With("room", "dht"),
	}
	if state != nil {
		key := "network-" + strconv.FormatUint(uint64(cfg.DHT.Network), 10)
		if settings.State, err = loadState(state, key); err != nil {
			return nil, err
		}
		settings.Save = func(s join.State) error {
			text, err := s.Marshal()
			if err != nil {
				return err
			}
			return store.Put(state, dhtBucket, key, text)
		}
	}
	return join.Start(settings)
}

func loadState(s store.Store, key string) (state join.State, err error) {
	text, err := store.Get(s, dhtBucket, key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return state, nil
	case err != nil:
		return state, err
	}
	return join.ParseState(text)
}

// resolveNode returns the addresses of HOST, HOST:PORT or [IPv6]:PORT.
func resolveNode(ctx context.Context, target string) ([]netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		host, port = target, dhtPort
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return nil, usageError{fmt.Errorf("%q is not HOST:PORT", target)}
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("%w: look up %s: %w", errUnreachable, host, err)
	}
	addrs := make([]netip.AddrPort, len(ips))
	for i, ip := range ips {
		addrs[i] = netip.AddrPortFrom(ip.Unmap(), uint16(number))
	}
	return addrs, nil
}

// listenUDP opens a socket of the family of to.
func listenUDP(to netip.Addr) (net.PacketConn, error) {
	host, err := netx.Host()
	if err != nil {
		return nil, err
	}
	network := "udp4"
	if to.Is6() {
		network = "udp6"
	}
	return host.ListenUDP(network, nil)
}
