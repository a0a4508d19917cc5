// SPDX-License-Identifier: GPL-3.0-or-later

package linktest

import (
	"net"
	"testing"

	"bellwire/internal/netx"
	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/jami"
	"bellwire/link/quic"
)

// NewHostPair starts alice's and bob's endpoints on the loopback interface of this machine, with the
// carriers of these names in this order; change may replace parts of their configurations before.
// Virtual networks have no TCP.
func NewHostPair(t testing.TB, alice, bob []string, change func(alice, bob *link.Config)) *Pair {
	t.Helper()
	p := &Pair{Board: NewBoard()}
	config := func(name string, carriers []string) link.Config {
		d := testid.Device(t, name)
		cfg := link.Config{
			Device:    d,
			Signaller: p.Board.Join(d.Key.Public()),
			Limits:    link.Limits{OffersPerPeer: 1 << 20}, // for benchmarks
		}
		for _, carrier := range carriers {
			cfg.Carriers = append(cfg.Carriers, HostCarrier(t, carrier))
		}
		return cfg
	}
	p.Alice, p.Bob = config("alice", alice), config("bob", bob)
	if change != nil {
		change(&p.Alice, &p.Bob)
	}
	p.From, p.To = Endpoint(t, p.Alice), Endpoint(t, p.Bob)
	return p
}

// HostCarrier returns the carrier of this name on the loopback interface.
func HostCarrier(t testing.TB, name string) (c link.Carrier) {
	t.Helper()
	var err error
	switch cfg := Loopback(t); name {
	case link.QUIC:
		c, err = quic.New(cfg)
	case link.Jami:
		c, err = jami.New(cfg)
	default:
		t.Fatalf("there is no carrier %q", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Loopback uses the loopback interface alone, so that nothing leaves the machine.
func Loopback(t testing.TB) ice.Config {
	t.Helper()
	n, err := netx.Host()
	if err != nil {
		t.Fatal(err)
	}
	interfaces, err := n.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, ifi := range interfaces {
		if ifi.Flags&net.FlagLoopback != 0 {
			return ice.Config{Interface: func(name string) bool { return name == ifi.Name }}
		}
	}
	t.Skip("there is no loopback interface")
	return ice.Config{}
}
