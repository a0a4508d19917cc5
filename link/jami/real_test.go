// SPDX-License-Identifier: GPL-3.0-or-later

package jami_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/link"
	"bellwire/link/linktest"
)

// 50 MB in each direction of one stream over ICE-TCP, TLS and the socket on this machine, with short
// messages beside them.
func TestBulkBothWays(t *testing.T) {
	leak.Check(t)
	p := linktest.NewHostPair(t, []string{link.Jami}, []string{link.Jami}, nil)
	near, far := p.Connect(t)
	linktest.Serve(near, map[string]func(net.Conn){"sip": echo})
	bulk := make(chan net.Conn, 1)
	linktest.Serve(far, map[string]func(net.Conn){"bulk": func(conn net.Conn) { bulk <- conn }})
	a, err := near.Open(t.Context(), "bulk")
	if err != nil {
		t.Fatal(err)
	}
	sip, err := far.Open(t.Context(), "sip")
	if err != nil {
		t.Fatal(err)
	}
	const size = 50 << 20
	begin := time.Now()
	var sums [2]struct{ sent, received []byte }
	var both sync.WaitGroup
	for i, conn := range []net.Conn{a, <-bulk} {
		both.Go(func() { sums[i].sent, sums[i].received = transfer(t, conn, byte(i), size) })
	}
	done := make(chan struct{})
	go func() {
		both.Wait()
		close(done)
	}()
	slowest, count := beside(t, sip, done)
	took := time.Since(begin)
	t.Logf("%.0f MB/s in each direction; %d messages beside them, the slowest took %v", size/took.Seconds()/1e6, count, slowest)
	if !bytes.Equal(sums[0].sent, sums[1].received) || !bytes.Equal(sums[1].sent, sums[0].received) {
		t.Error("the bytes received are not those sent")
	}
	if slowest > time.Second {
		t.Errorf("a short message took %v", slowest)
	}
}

// beside exchanges short messages until done.
func beside(t *testing.T, conn net.Conn, done <-chan struct{}) (slowest time.Duration, count int) {
	for ; ; count++ {
		select {
		case <-done:
			return slowest, count
		default:
		}
		begin := time.Now()
		if _, err := conn.Write([]byte("INVITE")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, make([]byte, 6)); err != nil {
			t.Fatal(err)
		}
		slowest = max(slowest, time.Since(begin))
	}
}

// transfer sends random bytes and receives as many; it returns the sums of both.
func transfer(t *testing.T, conn net.Conn, seed byte, size int64) (sent, received []byte) {
	out, in := sha256.New(), sha256.New()
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := io.CopyN(io.MultiWriter(conn, out), rand.NewChaCha8([32]byte{seed}), size); err != nil {
			t.Errorf("send: %v", err)
		}
	})
	both.Go(func() {
		if _, err := io.CopyN(in, conn, size); err != nil {
			t.Errorf("receive: %v", err)
		}
	})
	both.Wait()
	return out.Sum(nil), in.Sum(nil)
}

// BenchmarkColdDial is a link between two agents in one process: offer and answer in memory, then ICE
// over TCP, two RSA-4096 signatures and the handshake.
func BenchmarkColdDial(b *testing.B) {
	p := linktest.NewHostPair(b, []string{link.Jami}, []string{link.Jami}, nil)
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

// BenchmarkBulk is one direction of one stream through everything.
func BenchmarkBulk(b *testing.B) {
	near, far := linktest.NewHostPair(b, []string{link.Jami}, []string{link.Jami}, nil).Connect(b)
	linktest.Serve(far, map[string]func(net.Conn){"bulk": func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }})
	out, err := near.Open(b.Context(), "bulk")
	if err != nil {
		b.Fatal(err)
	}
	piece := make([]byte, 64<<10)
	b.SetBytes(int64(len(piece)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := out.Write(piece); err != nil {
			b.Fatal(err)
		}
	}
}
