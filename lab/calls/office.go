// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package calls sets up people who call one another with the program itself: each on a machine of
// their own, around a router on which a small private DHT runs.
package calls

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"bellwire/dht"
	"bellwire/lab/bell"
	"bellwire/lab/netns"
)

const (
	dhtNodes = 8
	dhtPort  = 4222
)

// Place is the network: machines and a DHT that is reached over one family.
type Place struct {
	star      *netns.Star
	bootstrap netip.AddrPort
}

// NewPlace makes a network of so many machines. With v6 the DHT has IPv6 addresses alone, so that
// everything a call needs goes over that family.
func NewPlace(t testing.TB, machines int, v6 bool) *Place {
	t.Helper()
	p := &Place{star: netns.NewStar(t, machines, dhtNodes)}
	family, address := "udp4", netns.HubAddr
	if v6 {
		family, address = "udp6", netns.HubAddr6
	}
	p.bootstrap = netip.AddrPortFrom(address(0), dhtPort)
	var nodes []*dht.Node
	for j := range dhtNodes {
		conn, err := p.star.Hub.ListenPacket(family, netip.AddrPortFrom(address(j), dhtPort).String())
		if err != nil {
			t.Fatal(err)
		}
		cfg := dht.Config{Conns: []net.PacketConn{conn}}
		if j > 0 {
			cfg.Bootstrap = []string{p.bootstrap.String()}
		}
		node, err := dht.Start(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { node.Close() })
		nodes = append(nodes, node)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for j, node := range nodes {
		if err := node.WaitConnected(ctx); err != nil {
			t.Fatalf("node %d of the DHT: %v", j, err)
		}
	}
	return p
}

// NewHome gives a person a home on one of the machines, with an account. Nothing but the private DHT
// is in its configuration.
func (p *Place) NewHome(t testing.TB, machine int) (home *bell.Home, account string) {
	t.Helper()
	home = p.emptyHome(t, machine)
	return home, home.NewAccount(t)
}

// NewDevice gives the owner of an account another home, with a device of its own.
func (p *Place) NewDevice(t testing.TB, machine int, first *bell.Home, account string) *bell.Home {
	t.Helper()
	archive := filepath.Join(first.Dir, "account.gz")
	first.Do(t, "account", "export", account, archive)
	second := p.emptyHome(t, machine)
	if id := second.Do(t, "account", "import", archive); id != account {
		t.Fatalf("the imported account is %s, want %s", id, account)
	}
	return second
}

func (p *Place) emptyHome(t testing.TB, machine int) *bell.Home {
	t.Helper()
	return bell.NewHome(t, p.star.Ends[machine],
		"--json",
		"--set", fmt.Sprintf("dht.bootstrap=%s", p.bootstrap),
		"--set", "dht.mainline=false",
		"--set", "dht.discovery=false",
	)
}

// Answer starts to answer calls and returns when calls can come.
func Answer(t testing.TB, home *bell.Home, args ...string) *bell.Run {
	t.Helper()
	run := home.Start(t, append([]string{"answer"}, args...)...)
	if _, _, err := run.Await(0, time.Minute, func(e bell.Event) bool { return e.Event == "ready" }); err != nil {
		t.Fatal(err)
	}
	return run
}
