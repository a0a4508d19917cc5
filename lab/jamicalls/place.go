// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package jamicalls sets up people who call one another, some with the real Jami and some with
// Bellwire: each on a machine of their own, around a router on which a node of the DHT runs, over
// either family or through a relay.
package jamicalls

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bellwire/lab/bell"
	"bellwire/lab/coturn"
	"bellwire/lab/dhtnode"
	"bellwire/lab/jamid"
	"bellwire/lab/netns"
)

const dhtPort = 4222

// Network is what lies between the machines.
type Network struct {
	Name     string
	families []netns.Family // none are both
	relayed  bool           // the machines reach the router, but not one another
}

// The networks.
var (
	Both    = Network{Name: "IPv4 and IPv6"}
	IPv4    = Network{Name: "IPv4", families: []netns.Family{netns.IPv4}}
	IPv6    = Network{Name: "IPv6", families: []netns.Family{netns.IPv6}}
	Relayed = Network{Name: "TURN", families: []netns.Family{netns.IPv4}, relayed: true}
)

// Place is a network with its machines.
type Place struct {
	star      *netns.Star
	bootstrap netip.AddrPort
	relay     *coturn.Server // nil where none is needed
}

// NewPlace makes a network of so many machines.
func NewPlace(t testing.TB, n Network, machines int) *Place {
	t.Helper()
	p := &Place{star: netns.NewStar(t, machines, 1, n.families...)}
	hub := netns.HubAddr(0)
	if n.Name == IPv6.Name {
		hub = netns.HubAddr6(0)
	}
	p.bootstrap = netip.AddrPortFrom(hub, dhtPort)
	dhtnode.Start(t, dhtnode.Config{In: p.star.Hub, Port: dhtPort})
	if n.relayed {
		p.star.Hub.Forward(t, false)
		p.relay = coturn.Start(t, p.star.Hub, hub)
	}
	return p
}

// NewJami gives a person the real Jami on one of the machines, with an account. The microphone gives a
// tone of that many hertz.
func (p *Place) NewJami(t testing.TB, machine int, tone float64) *jamid.Account {
	t.Helper()
	d := jamid.Start(t, jamid.Config{In: p.star.Ends[machine], Tone: tone})
	return d.NewAccount(t, p.JamiAccount())
}

// JamiAccount is how the accounts of Jami are set up here.
func (p *Place) JamiAccount() jamid.AccountConfig {
	cfg := jamid.AccountConfig{Bootstrap: p.bootstrap.String()}
	if p.relay != nil {
		cfg.Turn = jamid.Turn{Server: p.relay.Addr.String(), User: p.relay.User, Password: p.relay.Password, Realm: p.relay.Realm}
	}
	return cfg
}

// EmptyBell is a Bellwire without accounts. Nothing outside the place is in its configuration; the
// settings are further lines of it.
func (p *Place) EmptyBell(t testing.TB, machine int, settings ...string) *bell.Home {
	t.Helper()
	home := bell.NewHome(t, p.star.Ends[machine], "--json")
	text := fmt.Sprintf("version = 1\n[dht]\nbootstrap = [%q]\nmainline = false\ndiscovery = false\n", p.bootstrap)
	for _, line := range settings {
		text += line + "\n"
	}
	if p.relay != nil {
		text += fmt.Sprintf("[[link.turn]]\nserver = %q\nuser = %q\npassword_file = \"turn-password\"\n", p.relay.Addr, p.relay.User)
		if err := os.WriteFile(filepath.Join(home.Dir, "turn-password"), []byte(p.relay.Password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(home.Dir, "bellwire.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

// startLimit is how long a program may take to be part of the network.
const startLimit = time.Minute
