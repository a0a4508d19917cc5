// SPDX-License-Identifier: GPL-3.0-or-later

package mainline_test

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/dht/mainline"
	"bellwire/internal/leak"
)

func start(t testing.TB, cfg mainline.Config) *mainline.Mainline {
	t.Helper()
	m, err := mainline.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// await returns how long m takes to find the address.
func await(m *mainline.Mainline, want netip.AddrPort, limit time.Duration) (time.Duration, bool) {
	began := time.Now()
	deadline := time.After(limit)
	for {
		select {
		case addr := <-m.Peers():
			if addr == want {
				return time.Since(began), true
			}
		case <-deadline:
			return limit, false
		}
	}
}

// TestASwarmMeets starts a private swarm on real sockets of the loopback interface: one router and nodes
// that know only that. Each finds the reachable ones within ten seconds.
func TestASwarmMeets(t *testing.T) {
	leak.Check(t)
	listen := func() net.PacketConn {
		conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	router := listen()
	start(t, mainline.Config{Conn: router, Port: 4000})
	var nodes []*mainline.Mainline
	for i := range 6 {
		m := start(t, mainline.Config{Conn: listen(), Port: uint16(4001 + i), Routers: []string{router.LocalAddr().String()}})
		m.Announce(i < 1) // all have one address here, of which the last announcement counts
		nodes = append(nodes, m)
	}
	began := time.Now()
	for i, m := range nodes[1:] {
		if _, ok := await(m, netip.MustParseAddrPort("127.0.0.1:4001"), 10*time.Second-time.Since(began)); !ok {
			t.Errorf("node %d did not find the reachable one", i+1)
		}
	}
	t.Logf("all met after %v", time.Since(began))
}

func TestOnlyReachableNodesAreAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := newNetwork()
		at := func(i int) string { return fmt.Sprintf("192.0.2.%d:6881", i) }
		start(t, mainline.Config{Conn: net.listen(at(1)), Port: 4222})
		routers := []string{at(1)}
		var nodes []*mainline.Mainline
		for i := range 8 {
			nodes = append(nodes, start(t, mainline.Config{Conn: net.listen(at(2 + i)), Port: 4222, Routers: routers}))
		}
		seen := collect(nodes, 30*time.Second)
		if len(seen) != 0 {
			t.Errorf("nobody announced, but %v are found", seen)
		}
		nodes[3].Announce(true)
		nodes[7].Announce(true)
		seen = collect(nodes, 2*time.Minute)
		if len(seen) != 2 || seen["192.0.2.5:4222"] == 0 || seen["192.0.2.9:4222"] == 0 {
			t.Errorf("two announced, but %v are found", seen)
		}
		nodes[3].Announce(false)
		time.Sleep(time.Hour)
		collect(nodes, 0)
		seen = collect(nodes, 20*time.Minute)
		if seen["192.0.2.5:4222"] != 0 || seen["192.0.2.9:4222"] == 0 {
			t.Errorf("an hour after one became unreachable %v are found", seen)
		}
	})
}

// collect waits and returns how often each address was found.
func collect(nodes []*mainline.Mainline, wait time.Duration) map[string]int {
	end := time.Now().Add(wait)
	seen := map[string]int{}
	for {
		for _, m := range nodes {
			drain(m, seen)
		}
		if !time.Now().Before(end) {
			return seen
		}
		time.Sleep(time.Second)
	}
}

func drain(m *mainline.Mainline, seen map[string]int) {
	for {
		select {
		case addr := <-m.Peers():
			seen[addr.String()]++
		default:
			return
		}
	}
}

func TestNewcomersMeetWithinTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := newNetwork()
		start(t, mainline.Config{Conn: net.listen("192.0.2.1:6881"), Port: 4222})
		routers := []string{"192.0.2.1:6881"}
		alice := start(t, mainline.Config{Conn: net.listen("192.0.2.2:6881"), Port: 5000, Routers: routers})
		bob := start(t, mainline.Config{Conn: net.listen("192.0.2.3:6881"), Port: 6000, Routers: routers})
		alice.Announce(true)
		bob.Announce(true)
		for name, c := range map[string]struct {
			m    *mainline.Mainline
			want string
		}{"alice": {alice, "192.0.2.3:6000"}, "bob": {bob, "192.0.2.2:5000"}} {
			if took, ok := await(c.m, netip.MustParseAddrPort(c.want), 10*time.Second); !ok {
				t.Errorf("%s found nobody in ten seconds", name)
			} else {
				t.Logf("%s took %v", name, took)
			}
		}
	})
}

func TestNetworksMeetApart(t *testing.T) {
	if mainline.InfoHash(0) == mainline.InfoHash(7) {
		t.Error("two networks have one meeting point")
	}
	if got := fmt.Sprintf("%x", mainline.InfoHash(0)); got != "1495a71d7d0f171e0370e1901b3920f145122bd3" {
		t.Errorf("the public meeting point is %s", got)
	}
}

func TestNoRouterIsAskedButTheConfiguredOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := newNetwork()
		conn := &counting{conn: net.listen("192.0.2.1:6881")}
		m := start(t, mainline.Config{Conn: conn, Port: 4222})
		m.Announce(true)
		time.Sleep(24 * time.Hour)
		if conn.sent != 0 {
			t.Errorf("%d datagrams were sent without a router", conn.sent)
		}
	})
}

// counting counts what is sent.
type counting struct {
	*conn
	sent int
}

func (c *counting) WriteTo(b []byte, to net.Addr) (int, error) {
	c.sent++
	return c.conn.WriteTo(b, to)
}
