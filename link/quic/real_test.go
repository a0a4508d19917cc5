// SPDX-License-Identifier: GPL-3.0-or-later

package quic_test

import (
	"sync/atomic"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/linktest"
	"bellwire/link/quic"
)

// hostPair is two endpoints on the sockets of this machine.
func hostPair(t testing.TB) *linktest.Pair {
	t.Helper()
	p := &linktest.Pair{Board: linktest.NewBoard()}
	config := func(name string) link.Config {
		carrier, err := quic.New(ice.Config{})
		if err != nil {
			t.Fatal(err)
		}
		d := testid.Device(t, name)
		return link.Config{
			Device:    d,
			Signaller: p.Board.Join(d.Key.Public()),
			Carriers:  []link.Carrier{carrier},
			Limits:    link.Limits{OffersPerPeer: 1 << 20}, // for benchmarks
		}
	}
	p.Alice, p.Bob = config("alice"), config("bob")
	p.From, p.To = linktest.Endpoint(t, p.Alice), linktest.Endpoint(t, p.Bob)
	return p
}

func TestHostSockets(t *testing.T) {
	leak.Check(t)
	near, far := hostPair(t).Connect(t)
	bulk(t, near, far, 8<<20)
}

// Nothing is allocated for a media packet between the sender's buffer and the receiver's handler.
func TestMediaAllocatesNothing(t *testing.T) {
	leak.Check(t)
	near, far := hostPair(t).Connect(t)
	out, _ := near.Media()
	in, _ := far.Media()
	var received atomic.Int64
	if _, err := in.Route(7, func([]byte) { received.Add(1) }); err != nil {
		t.Fatal(err)
	}
	p := rtp(7, 0)
	settle(t, out, p, &received)
	arrived := make(chan struct{}, 64)
	if _, err := in.Route(8, func([]byte) { arrived <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	p = rtp(8, 0)
	got := testing.AllocsPerRun(2000, func() {
		if err := out.Write(p); err != nil {
			t.Fatal(err)
		}
		<-arrived
	})
	if got != 0 {
		t.Errorf("%v allocations for each packet, want 0", got)
	}
}

// settle sends until the path is selected and packets come through at once.
func settle(t testing.TB, out link.Media, p []byte, received *atomic.Int64) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); received.Load() < 50; {
		if err := out.Write(p); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatal("media packets do not arrive")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// BenchmarkColdDial is a link between two agents in one process: offer and answer in memory, then
// ICE, two RSA-4096 signatures and the QUIC handshake.
func BenchmarkColdDial(b *testing.B) {
	p := hostPair(b)
	for b.Loop() {
		near, far := p.Connect(b)
		b.StopTimer()
		_ = near.Close()
		<-far.Done()
		for len(p.From.Links())+len(p.To.Links()) > 0 {
			time.Sleep(time.Millisecond)
		}
		b.StartTimer()
	}
}

// BenchmarkMedia is packets of 172 bytes in one direction, sent as fast as they go.
func BenchmarkMedia(b *testing.B) {
	near, far := hostPair(b).Connect(b)
	out, _ := near.Media()
	in, _ := far.Media()
	var received atomic.Int64
	if _, err := in.Route(7, func([]byte) { received.Add(1) }); err != nil {
		b.Fatal(err)
	}
	p := rtp(7, 0)
	settle(b, out, p, &received)
	received.Store(0)
	b.ReportAllocs()
	for b.Loop() {
		if err := out.Write(p); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(received.Load())/b.Elapsed().Seconds(), "received/s")
}
