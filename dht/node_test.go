// SPDX-License-Identifier: GPL-3.0-or-later

package dht_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"bellwire/dht"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/internal/leak"
	"bellwire/internal/testid"
)

func listen(t testing.TB, network, host string) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP(network, &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func start(t testing.TB, cfg dht.Config) *dht.Node {
	t.Helper()
	if cfg.Conns == nil {
		cfg.Conns = []net.PacketConn{listen(t, "udp4", "127.0.0.1")}
	}
	n, err := dht.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// swarm starts nodes that all know the first.
func swarm(t testing.TB, size int) []*dht.Node {
	t.Helper()
	first := start(t, dht.Config{})
	nodes := []*dht.Node{first}
	for len(nodes) < size {
		nodes = append(nodes, start(t, dht.Config{Bootstrap: []string{first.Addrs()[0].String()}}))
	}
	connected(t, nodes...)
	return nodes
}

func connected(t testing.TB, nodes ...*dht.Node) {
	t.Helper()
	ctx := limited(t)
	for i, n := range nodes {
		if err := n.WaitConnected(ctx); err != nil {
			t.Fatalf("node %d is not connected: %v", i, err)
		}
	}
}

func limited(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// values returns all that a get brings.
func values(t testing.TB, n *dht.Node, key wire.Hash) (found []*value.Value) {
	t.Helper()
	for v, err := range n.Get(limited(t), key, value.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, v)
	}
	return found
}

var key = wire.KeyOf([]byte("key"))

func TestValuesOfEveryKind(t *testing.T) {
	leak.Check(t)
	nodes := swarm(t, 12)
	alice, bob := testid.Key2048(t, 0), testid.Key2048(t, 1)
	plain := &value.Value{ID: 1, Data: []byte("plain")}
	large := &value.Value{ID: 2, Data: bytes.Repeat([]byte("large "), 10_000)}
	signed, err := value.Sign(&value.Value{ID: 3, Data: []byte("signed")}, alice)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := value.Encrypt(&value.Value{ID: 4, Data: []byte("secret")}, alice, bob.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]*value.Value{"plain": plain, "large": large, "signed": signed, "encrypted": secret} {
		t.Run(name, func(t *testing.T) {
			key := wire.KeyOf([]byte(name))
			if err := nodes[3].Put(limited(t), key, v); err != nil {
				t.Fatal(err)
			}
			for i, n := range nodes {
				found := values(t, n, key)
				if len(found) != 1 || found[0].ID != v.ID || !found[0].SameContents(v) {
					t.Errorf("node %d found %d values", i, len(found))
				}
			}
		})
	}
	if clear, err := value.Decrypt(values(t, nodes[7], wire.KeyOf([]byte("encrypted")))[0], bob); err != nil || string(clear.Data) != "secret" {
		t.Errorf("decrypted to %v, %v", clear, err)
	}
}

// IPv4 and IPv6 are two networks; a node in both passes values from one to the other by its store.
func TestBothFamilies(t *testing.T) {
	leak.Check(t)
	both := start(t, dht.Config{Conns: []net.PacketConn{listen(t, "udp4", "127.0.0.1"), listen(t, "udp6", "::1")}})
	four := start(t, dht.Config{Bootstrap: []string{both.Addrs()[0].String()}})
	six := start(t, dht.Config{
		Conns: []net.PacketConn{listen(t, "udp6", "::1")}, Bootstrap: []string{both.Addrs()[1].String()},
	})
	connected(t, both, four, six)
	if err := six.Put(limited(t), key, &value.Value{ID: 1, Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if found := values(t, four, key); len(found) != 1 {
		t.Errorf("found %d values", len(found))
	}
}

func TestPublishAndListen(t *testing.T) {
	leak.Check(t)
	nodes := swarm(t, 6)
	l := nodes[1].Listen(key, value.Query{})
	defer l.Close()
	stop := nodes[2].Publish(key, &value.Value{ID: 1, Data: []byte("published")})
	defer stop()
	select {
	case e := <-l.Events():
		if e.Expired || string(e.Value.Data) != "published" {
			t.Errorf("heard %+v", e)
		}
	case <-limited(t).Done():
		t.Fatal("the listener heard nothing")
	}
	l.Close()
	if _, open := <-l.Events(); open {
		t.Error("events after Close")
	}
}

// Changes a reader has not taken are merged: it sees the newest version once.
func TestSlowListener(t *testing.T) {
	leak.Check(t)
	n := start(t, dht.Config{})
	l := n.Listen(key, value.Query{})
	defer l.Close()
	first := n.Listen(key, value.Query{})
	defer first.Close()
	owner := testid.Key2048(t, 0)
	const versions = 20
	for seq := range uint16(versions) {
		v, err := value.Sign(&value.Value{ID: 1, Seq: seq, Data: []byte{byte(seq)}}, owner)
		if err != nil {
			t.Fatal(err)
		}
		n.Publish(key, v)
		for e := range first.Events() {
			if e.Value.Seq == seq {
				break
			}
		}
	}
	read := 0
	for e := range l.Events() {
		if read++; e.Value.Seq == versions-1 {
			break
		}
	}
	if read > 3 {
		t.Errorf("a reader that slept saw %d of %d versions", read, versions)
	}
}

func TestWithoutNodes(t *testing.T) {
	n := start(t, dht.Config{})
	if err := n.Put(limited(t), key, &value.Value{ID: 1, Data: []byte("x")}); !errors.Is(err, dht.ErrNoNodes) {
		t.Errorf("put: %v", err)
	}
	var last error
	found := 0
	for v, err := range n.Get(limited(t), key, value.Query{}) {
		if last = err; v != nil {
			found++
		}
	}
	if !errors.Is(last, dht.ErrNoNodes) || found != 1 {
		t.Errorf("get: %d values, %v", found, last)
	}
	if n.Connected() {
		t.Error("connected to nobody")
	}
}

// Close ends what is under way, and everything after it fails.
func TestClose(t *testing.T) {
	leak.Check(t)
	silent := listen(t, "udp4", "127.0.0.1")
	defer silent.Close()
	n := start(t, dht.Config{Bootstrap: []string{silent.LocalAddr().String()}})
	n.Insert(wire.NodeInfo{ID: wire.Hash{1}, Addr: silent.LocalAddr().(*net.UDPAddr).AddrPort()})
	outcome := make(chan error, 4)
	go func() { outcome <- n.WaitConnected(t.Context()) }()
	go func() { outcome <- n.Put(t.Context(), key, &value.Value{ID: 1, Data: []byte("x")}) }()
	go func() {
		var last error
		for _, last = range n.Get(t.Context(), key, value.Query{}) {
		}
		outcome <- last
	}()
	l := n.Listen(wire.KeyOf([]byte("other")), value.Query{})
	// All three wait once the silent node was sent something for each.
	for buf := make([]byte, 2048); n.Stats().IPv4.Targets < 2; {
		silent.Read(buf)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	for range 3 {
		if err := <-outcome; !errors.Is(err, dht.ErrClosed) {
			t.Errorf("ended with %v", err)
		}
	}
	if _, open := <-l.Events(); open {
		t.Error("an event after Close")
	}
	l.Close()
	if err := n.Put(t.Context(), key, &value.Value{ID: 2}); !errors.Is(err, dht.ErrClosed) {
		t.Errorf("a put after Close: %v", err)
	}
	n.Publish(key, &value.Value{ID: 3})()
	if err := n.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
}

func TestContextEndsOperations(t *testing.T) {
	leak.Check(t)
	silent := listen(t, "udp4", "127.0.0.1")
	defer silent.Close()
	n := start(t, dht.Config{})
	n.Insert(wire.NodeInfo{ID: wire.Hash{1}, Addr: silent.LocalAddr().(*net.UDPAddr).AddrPort()})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := n.Put(ctx, key, &value.Value{ID: 1, Data: []byte("x")}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("put: %v", err)
	}
	var last error
	for _, last = range n.Get(ctx, wire.KeyOf([]byte("other")), value.Query{}) {
	}
	if !errors.Is(last, context.DeadlineExceeded) {
		t.Errorf("get: %v", last)
	}
}

func TestStartRefuses(t *testing.T) {
	four := func() net.PacketConn {
		c := listen(t, "udp4", "127.0.0.1")
		t.Cleanup(func() { c.Close() })
		return c
	}
	for name, c := range map[string]struct {
		cfg  dht.Config
		says string
	}{
		"no socket":           {dht.Config{}, "at least one UDP socket"},
		"two of one family":   {dht.Config{Conns: []net.PacketConn{four(), four()}}, "two sockets of one address family"},
		"a port of letters":   {dht.Config{Conns: []net.PacketConn{four()}, Bootstrap: []string{"host:port"}}, "a port is a number"},
		"port 0":              {dht.Config{Conns: []net.PacketConn{four()}, Bootstrap: []string{"host:0"}}, "a port is a number"},
		"an empty host":       {dht.Config{Conns: []net.PacketConn{four()}, Bootstrap: []string{""}}, "is not HOST"},
		"a URL for a host":    {dht.Config{Conns: []net.PacketConn{four()}, Bootstrap: []string{"dht://host"}}, "a port is a number"},
		"half an IPv6 host":   {dht.Config{Conns: []net.PacketConn{four()}, Bootstrap: []string{"[::1"}}, "is not HOST"},
		"a host with a blank": {dht.Config{Conns: []net.PacketConn{four()}, Bootstrap: []string{"a b"}}, "is not HOST"},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := dht.Start(c.cfg)
			if err == nil {
				n.Close()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %q", err)
			}
		})
	}
}

func TestBootstrapByName(t *testing.T) {
	leak.Check(t)
	first := start(t, dht.Config{})
	_, port, _ := net.SplitHostPort(first.Addrs()[0].String())
	n := start(t, dht.Config{Bootstrap: []string{"localhost:" + port}})
	connected(t, n, first)
}
