// SPDX-License-Identifier: GPL-3.0-or-later

package join_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"bellwire/dht/join"
	"bellwire/dht/mainline"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/internal/leak"
	"bellwire/internal/netx"
)

func start(t *testing.T, cfg join.Config) *join.Network {
	t.Helper()
	host, err := netx.Host()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Net = host
	n, err := join.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func loopback(last byte) []netip.AddrPort {
	return []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, last}), 0)}
}

func connected(t *testing.T, n *join.Network, limit time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if err := n.WaitConnected(ctx); err != nil {
		t.Fatalf("not connected after %v", limit)
	}
}

// TestNodesThatKnowNobodyMeetThroughTheBitTorrentDHT has a private swarm of one router on loopback.
func TestNodesThatKnowNobodyMeetThroughTheBitTorrentDHT(t *testing.T) {
	leak.Check(t)
	var routers []string
	for i := range 2 {
		conn, err := net.ListenPacket("udp4", fmt.Sprintf("127.0.0.%d:0", 200+i))
		if err != nil {
			t.Fatal(err)
		}
		router, err := mainline.Start(mainline.Config{Conn: conn, Port: 1, Network: 7, Routers: routers})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { router.Close() })
		routers = append(routers, conn.LocalAddr().String())
	}
	var nodes []*join.Network
	for i := range 4 {
		nodes = append(nodes, start(t, join.Config{
			Listen: loopback(byte(201 + i + 10)), Network: 7, Mainline: true, MainlineRouters: routers,
		}))
	}
	begin := time.Now()
	for _, n := range nodes {
		connected(t, n, 10*time.Second-time.Since(begin))
	}
	t.Logf("all connected after %v", time.Since(begin))
	key := wire.KeyOf([]byte("meeting"))
	if err := nodes[0].Put(t.Context(), key, &value.Value{ID: 1, Data: []byte("hello")}); err != nil {
		t.Fatal(err)
	}
	for v, err := range nodes[3].Get(t.Context(), key, value.Query{}) {
		if err != nil || string(v.Data) != "hello" {
			t.Errorf("got %v, %v", v, err)
		}
		return
	}
	t.Error("what one node stored another does not find")
}

func TestTheStateOfARunHelpsTheNext(t *testing.T) {
	leak.Check(t)
	first := start(t, join.Config{Listen: loopback(1)})
	second := start(t, join.Config{Listen: loopback(2), Bootstrap: []string{first.Addrs()[0].String()}})
	connected(t, second, 5*time.Second)

	var saved []byte
	keep := func(s join.State) (err error) {
		saved, err = s.Marshal()
		return err
	}
	host, err := netx.Host()
	if err != nil {
		t.Fatal(err)
	}
	before, err := join.Start(join.Config{Net: host, Listen: loopback(3), Bootstrap: []string{second.Addrs()[0].String()}, Save: keep})
	if err != nil {
		t.Fatal(err)
	}
	connected(t, before, 5*time.Second)
	id := before.ID()
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	state, err := join.ParseState(saved)
	if err != nil {
		t.Fatal(err)
	}
	after := start(t, join.Config{Listen: loopback(3), State: state})
	connected(t, after, 5*time.Second)
	if after.ID() != id {
		t.Errorf("the id was %v and is %v", id, after.ID())
	}
}

func TestSocketsThatCannotBe(t *testing.T) {
	taken, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	inUse := netip.MustParseAddrPort(taken.LocalAddr().String())
	host, err := netx.Host()
	if err != nil {
		t.Fatal(err)
	}
	for name, listen := range map[string][]netip.AddrPort{
		"a port in use":       {inUse},
		"none":                nil,
		"two of one family":   {loopback(1)[0], loopback(2)[0]},
		"an address far away": {netip.MustParseAddrPort("192.0.2.77:0")},
	} {
		if n, err := join.Start(join.Config{Net: host, Listen: listen}); !errors.Is(err, join.ErrListen) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				n.Close()
			}
		}
	}
}

func FuzzParseState(f *testing.F) {
	text, _ := join.State{Nodes: []wire.NodeInfo{{Addr: netip.MustParseAddrPort("192.0.2.1:4222")}}}.Marshal()
	f.Add(text)
	f.Add([]byte(`{"id":"","nodes":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		state, err := join.ParseState(text)
		if err != nil {
			return
		}
		again, err := state.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := join.ParseState(again); err != nil || len(back.Nodes) != len(state.Nodes) {
			t.Errorf("%+v became %+v, %v", state, back, err)
		}
	})
}
