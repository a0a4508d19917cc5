// SPDX-License-Identifier: GPL-3.0-or-later

package mux_test

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
	"bellwire/link/jami/mux"
)

// 50 MB in each direction of one stream arrive intact, while short messages on another take little
// longer than alone.
func TestBulkBothWays(t *testing.T) {
	leak.Check(t)
	near, far := tcpPair(t)
	a, b := streams(t, near, far, "bulk")
	c, d := streams(t, far, near, "sip")
	go echo(d)
	sums := make([]struct{ sent, received []byte }, 2)
	var both sync.WaitGroup
	for i, conn := range []net.Conn{a, b} {
		both.Go(func() { sums[i].sent, sums[i].received = transfer(t, conn, byte(i), 50<<20) })
	}
	done := make(chan struct{})
	go func() {
		both.Wait()
		close(done)
	}()
	var times []time.Duration
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			begin := time.Now()
			write(t, c, "ping")
			want(t, c, "ping")
			times = append(times, time.Since(begin))
		}
	}
	if !bytes.Equal(sums[0].sent, sums[1].received) || !bytes.Equal(sums[1].sent, sums[0].received) {
		t.Error("the bytes received are not those sent")
	}
	var worst time.Duration
	for _, took := range times {
		worst = max(worst, took)
	}
	if len(times) < 10 || worst > time.Second {
		t.Errorf("%d short messages beside the transfer, the slowest took %v", len(times), worst)
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

// Frames of several streams never mix, whatever pieces the connection carries.
func TestManyStreamsAtOnce(t *testing.T) {
	leak.Check(t)
	near, far := pair(t, mux.Config{Buffer: 5000})
	var all sync.WaitGroup
	for i := range 10 {
		a, b := streams(t, near, far, "many")
		for conn, seed := range map[net.Conn]byte{a: byte(i), b: byte(i)} {
			all.Go(func() {
				sent, received := transfer(t, conn, seed, 300_000)
				if !bytes.Equal(sent, received) {
					t.Errorf("stream %d: the bytes received are not those sent", i)
				}
			})
		}
	}
	all.Wait()
}

// Nothing is allocated for a frame.
func TestFramesAllocateNothing(t *testing.T) {
	leak.Check(t)
	near, far := tcpPair(t)
	a, b := streams(t, near, far, "sip")
	message, got := make([]byte, 1500), make([]byte, 1500)
	exchange := func() {
		if _, err := a.Write(message); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(b, got); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		exchange()
	}
	if n := testing.AllocsPerRun(2000, exchange); n != 0 {
		t.Errorf("%v allocations for each frame, want 0", n)
	}
}

// BenchmarkBulk is one direction of one stream over TCP on this machine.
func BenchmarkBulk(b *testing.B) {
	near, far := tcpPair(b)
	out, in := streams(b, near, far, "bulk")
	piece := make([]byte, 64<<10)
	go func() { _, _ = io.Copy(io.Discard, in) }()
	b.SetBytes(int64(len(piece)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := out.Write(piece); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMessage is a message of 700 bytes, as of a SIP call, there and back.
func BenchmarkMessage(b *testing.B) {
	near, far := tcpPair(b)
	out, in := streams(b, near, far, "sip")
	go echo(in)
	message := make([]byte, 700)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := out.Write(message); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(out, message); err != nil {
			b.Fatal(err)
		}
	}
}
