// SPDX-License-Identifier: GPL-3.0-or-later

package dht_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"bellwire/dht"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/internal/leak"
)

func start(t *testing.T, cfg dht.Config) *dht.Node {
	t.Helper()
	if cfg.Conns == nil {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		cfg.Conns = []net.PacketConn{conn}
	}
	n, err := dht.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// swarm starts nodes that all know the first.
func swarm(t *testing.T, size int) []*dht.Node {
	t.Helper()
	first := start(t, dht.Config{})
	nodes := []*dht.Node{first}
	for len(nodes) < size {
		nodes = append(nodes, start(t, dht.Config{Bootstrap: []string{first.Addrs()[0].String()}}))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for i, n := range nodes {
		if err := n.WaitConnected(ctx); err != nil {
			t.Fatalf("node %d is not connected: %v", i, err)
		}
	}
	return nodes
}

func TestPutGet(t *testing.T) {
	leak.Check(t)
	nodes := swarm(t, 12)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	key := wire.KeyOf([]byte("greeting"))
	v := &value.Value{ID: 7, Data: []byte("hello")}
	began := time.Now()
	if err := nodes[3].Put(ctx, key, v); err != nil {
		t.Fatal(err)
	}
	fmt.Println("put", time.Since(began))
	for i, n := range nodes {
		began := time.Now()
		found := 0
		for got, err := range n.Get(ctx, key, value.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Data) == "hello" {
				found++
				fmt.Println("get", time.Since(began))
			}
		}
		if found != 1 {
			t.Errorf("node %d found the value %d times", i, found)
		}
	}
}
