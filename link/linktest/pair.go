// SPDX-License-Identifier: GPL-3.0-or-later

package linktest

import (
	"context"
	"net"
	"testing"

	"bellwire/identity"
	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/quic"
)

// Pair is two endpoints that can reach one another, alice's and bob's.
type Pair struct {
	LAN        *LAN
	Board      *Board
	Alice, Bob link.Config // as they were used
	From, To   *link.Endpoint
}

// NewPair starts both endpoints; change may replace parts of their configurations before.
func NewPair(t testing.TB, lan *LAN, change func(alice, bob *link.Config)) *Pair {
	t.Helper()
	p := &Pair{LAN: lan, Board: NewBoard()}
	lan.Start(t)
	p.Alice = p.Config(t, testid.Device(t, "alice"), "10.0.0.1")
	p.Bob = p.Config(t, testid.Device(t, "bob"), "10.0.0.2")
	if change != nil {
		change(&p.Alice, &p.Bob)
	}
	lan.Up(t)
	p.From, p.To = Endpoint(t, p.Alice), Endpoint(t, p.Bob)
	return p
}

// Config is what a device needs to take part, on a new host with this address.
func (p *Pair) Config(t testing.TB, d *identity.Device, ip string) link.Config {
	t.Helper()
	return link.Config{
		Device:    d,
		Signaller: p.Board.Join(d.Key.Public()),
		Carriers:  []link.Carrier{p.Carrier(t, ip)},
	}
}

// Carrier returns a QUIC carrier on a new host with this address.
func (p *Pair) Carrier(t testing.TB, ip string) link.Carrier {
	t.Helper()
	c, err := quic.New(ice.Config{Net: p.LAN.Host(t, ip)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Endpoint starts an endpoint that is closed at the end of the test.
func Endpoint(t testing.TB, cfg link.Config) *link.Endpoint {
	t.Helper()
	e, err := link.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// Target names a device to dial.
func Target(d *identity.Device) link.Target {
	return link.Target{Account: d.AccountID(), Key: d.Key.Public(), Purpose: "audioCall"}
}

// Connect dials from alice to bob and returns both ends of the link.
func (p *Pair) Connect(t testing.TB) (near, far link.Link) {
	t.Helper()
	near, err := p.From.Dial(t.Context(), Target(p.Bob.Device))
	if err != nil {
		t.Fatal(err)
	}
	if far, err = p.To.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	return near, far
}

// Serve accepts the streams with these names until the link ends, and declines others.
func Serve(l link.Link, handlers map[string]func(net.Conn)) {
	go func() {
		for {
			r, err := l.Accept(context.Background())
			if err != nil {
				return
			}
			handle := handlers[r.Name]
			if handle == nil {
				r.Decline()
				continue
			}
			if conn, err := r.Accept(); err == nil {
				go handle(conn)
			}
		}
	}()
}
