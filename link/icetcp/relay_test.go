// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/lab/miniturn"
	"bellwire/link/ice"
)

func withRelay(t testing.TB, server string) ice.Config {
	cfg := loopback(t)
	cfg.Wait = 5 * time.Second
	cfg.Servers = []ice.Server{{URI: "turn:" + server, User: miniturn.User, Password: miniturn.Password}}
	return cfg
}

func relayed(c ice.Candidate) bool { return c.Type == ice.Relay }

// An end that nobody reaches directly is reached through its relay, whatever its role.
func TestConnectThroughRelay(t *testing.T) {
	for name, role := range map[string]ice.Role{"controlling": ice.Controlling, "controlled": ice.Controlled} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			a, b := gather(t, withRelay(t, miniturn.Serve(t)), role), gather(t, loopback(t), !role)
			if !hasCandidate(a, relayed) {
				t.Fatalf("no relayed address among %v", a.Description().Candidates)
			}
			d := b.Description()
			d.Candidates = []ice.Candidate{candidate(ice.ServerReflexive, ice.Active, 0, netip.MustParseAddrPort("127.0.0.1:9"))}
			sa, sb := connect(t, a, b, knows(a, relayed), func(context.Context) (ice.Description, error) { return d, nil })
			_, _ = a.Close(), b.Close()
			if !relayedAt(a, sa.LocalAddr()) || sb.RemoteAddr().String() != sa.LocalAddr().String() {
				t.Errorf("%v to %v here, %v to %v there", sa.LocalAddr(), sa.RemoteAddr(), sb.LocalAddr(), sb.RemoteAddr())
			}
			say(t, sa, sb, "hello")
			say(t, sb, sa, "and back")
			// The last that is said before the relay is given up arrives.
			long := bytes.Repeat([]byte("long"), 1<<20)
			var writing sync.WaitGroup
			writing.Go(func() {
				_, _ = sa.Write(long)
				_ = sa.Close()
			})
			got, err := io.ReadAll(sb)
			if err != nil || !bytes.Equal(got, long) {
				t.Errorf("%d bytes of %d, %v", len(got), len(long), err)
			}
			_ = sb.Close()
			writing.Wait()
			for served(sa.LocalAddr().String()) { // until the test's time is over
				time.Sleep(time.Millisecond)
			}
		})
	}
}

// served reports whether there is a listener at an address.
func served(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

func relayedAt(a *Agent, addr net.Addr) bool {
	return hasCandidate(a, func(c ice.Candidate) bool { return relayed(c) && c.Addr == addrPort(addr) })
}

// A direct connection is preferred, and with it end the relay and the listeners.
func TestDirectBeforeRelay(t *testing.T) {
	leak.Check(t)
	cfg := withRelay(t, miniturn.Serve(t))
	a, b := gather(t, cfg, ice.Controlling), gather(t, cfg, ice.Controlled)
	sa, sb := connect(t, a, b, knows(a, all), knows(b, all))
	if relayedAt(a, sa.LocalAddr()) || relayedAt(b, sb.LocalAddr()) {
		t.Error("the connection goes through a relay")
	}
	_, _ = sa.Close(), sb.Close()
	for _, c := range a.Description().Candidates {
		for served(c.Addr.String()) {
			time.Sleep(time.Millisecond)
		}
	}
}

// A server that does not answer costs the time the configuration gives it, and nothing else.
func TestDeadServer(t *testing.T) {
	leak.Check(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := withRelay(t, l.Addr().String())
	cfg.Wait = 50 * time.Millisecond
	begin := time.Now()
	a := gather(t, cfg, ice.Controlled)
	if took := time.Since(begin); took < cfg.Wait || took > cfg.Wait+time.Second {
		t.Errorf("gathering took %v", took)
	}
	if hasCandidate(a, relayed) || !hasCandidate(a, all) {
		t.Errorf("candidates %v", a.Description().Candidates)
	}
}

// The addresses others see us at are named, for the far end's relay.
func TestPublicAddresses(t *testing.T) {
	leak.Check(t)
	cfg := loopback(t)
	cfg.Public = func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("198.51.100.1")} }
	a := gather(t, cfg, ice.Controlled)
	if !hasCandidate(a, func(c ice.Candidate) bool {
		return c.Type == ice.ServerReflexive && c.TCPType == ice.Active && c.Addr.String() == "198.51.100.1:9"
	}) {
		t.Errorf("candidates %v", a.Description().Candidates)
	}
}

func TestTURNServers(t *testing.T) {
	cfg := ice.Config{Servers: []ice.Server{
		{URI: "stun:stun.example"},
		{URI: "turn:one.example?transport=udp", User: "u", Password: "p"},
		{URI: "turns:tls.example"},
		{URI: "turn:[2001:db8::1]:5000"},
		{URI: "turn:three.example"},
	}}
	got := turnServers(cfg)
	if len(got) != maxServers || got[0].Address != "one.example:3478" || got[0].User != "u" || got[0].Password != "p" || got[1].Address != "[2001:db8::1]:5000" {
		t.Errorf("%v", got)
	}
}
