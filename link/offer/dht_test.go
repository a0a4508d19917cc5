// SPDX-License-Identifier: GPL-3.0-or-later

package offer_test

import (
	"context"
	"net"
	"testing"
	"time"

	"bellwire/dht"
	"bellwire/internal/leak"
	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/linktest"
	"bellwire/link/offer"
	"bellwire/link/quic"
)

// node starts a DHT node on loopback.
func node(t testing.TB, bootstrap ...string) *dht.Node {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n, err := dht.Start(dht.Config{Conns: []net.PacketConn{conn}, Bootstrap: bootstrap})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

// phone is a device with a DHT node and an endpoint of its own.
func phone(t testing.TB, name, bootstrap string) (*link.Endpoint, link.Target) {
	t.Helper()
	d := testid.Device(t, name)
	n := node(t, bootstrap)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := n.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	s, err := offer.Start(offer.Config{Network: offer.Over(n), Device: d})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	carrier, err := quic.New(ice.Config{})
	if err != nil {
		t.Fatal(err)
	}
	e := linktest.Endpoint(t, link.Config{
		Device: d, Signaller: s, Carriers: []link.Carrier{carrier},
		Limits: link.Limits{OffersPerPeer: 1 << 20},
	})
	return e, linktest.Target(d)
}

// Two devices that know nothing of one another but a key meet through the DHT.
func TestLinkThroughTheDHT(t *testing.T) {
	leak.Check(t)
	first := node(t)
	bootstrap := first.Addrs()[0].String()
	for range 4 {
		node(t, bootstrap)
	}
	alice, _ := phone(t, "alice", bootstrap)
	bob, to := phone(t, "bob", bootstrap)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	begin := time.Now()
	near, err := alice.Dial(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("dialled in %v", time.Since(begin))
	far, err := bob.Accept(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if near.Peer().Account != to.Account || far.Peer().LongID != testid.Device(t, "alice").LongID() {
		t.Errorf("%v reached %v", far.Peer().Account, near.Peer().Account)
	}
}

// BenchmarkColdLink is everything from Dial to a proved link, with DHT nodes in the same process.
func BenchmarkColdLink(b *testing.B) {
	bootstrap := node(b).Addrs()[0].String()
	for range 7 {
		node(b, bootstrap)
	}
	alice, _ := phone(b, "alice", bootstrap)
	bob, to := phone(b, "bob", bootstrap)
	for b.Loop() {
		near, err := alice.Dial(context.Background(), to)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		far, err := bob.Accept(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		_ = near.Close()
		<-far.Done()
		for len(alice.Links())+len(bob.Links()) > 0 {
			time.Sleep(time.Millisecond)
		}
		b.StartTimer()
	}
}
