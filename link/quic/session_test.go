// SPDX-License-Identifier: GPL-3.0-or-later

package quic_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/link"
	"bellwire/link/linktest"
)

// The answer is known at once here, so what is left is one round trip for ICE, one for the handshake
// as the requester sees it and half of one until the requested end has seen the proof.
func TestColdConnectTakesTwoAndAHalfRoundTrips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, &linktest.LAN{Delay: 50 * time.Millisecond}, nil)
		begin := time.Now()
		near, err := p.From.Dial(t.Context(), linktest.Target(p.Bob.Device))
		if err != nil {
			t.Fatal(err)
		}
		dialled := time.Since(begin)
		far, err := p.To.Accept(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		accepted := time.Since(begin)
		const slack = 10 * time.Millisecond
		if dialled > 200*time.Millisecond+slack || accepted > 250*time.Millisecond+slack {
			t.Errorf("dialled after %v and accepted after %v, want 200 and 250 ms", dialled, accepted)
		}
		if near.RemoteAddr().String() != far.LocalAddr().String() {
			t.Errorf("remote address %v, want %v", near.RemoteAddr(), far.LocalAddr())
		}
		if rtt := near.RTT(); rtt < 100*time.Millisecond || rtt > 150*time.Millisecond {
			t.Errorf("round-trip time %v, want about 100 ms", rtt)
		}
	})
}

// serve accepts streams by name until the link ends.
func serve(t *testing.T, l link.Link, handlers map[string]func(net.Conn)) {
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
			conn, err := r.Accept()
			if err != nil {
				t.Error(err)
				continue
			}
			go handle(conn)
		}
	}()
}

func echo(conn net.Conn) {
	_, _ = io.Copy(conn, conn)
	_ = conn.Close()
}

func TestStreamsByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, &linktest.LAN{Delay: 5 * time.Millisecond}, nil)
		near, far := p.Connect(t)
		longest := strings.Repeat("n", link.MaxName)
		serve(t, far, map[string]func(net.Conn){"echo": echo, longest: echo})
		serve(t, near, map[string]func(net.Conn){"echo": echo})
		for _, open := range []struct {
			from link.Link
			name string
		}{{near, "echo"}, {far, "echo"}, {near, longest}} {
			conn, err := open.from.Open(t.Context(), open.name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write([]byte("hello")); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 5)
			if _, err := io.ReadFull(conn, got); err != nil || string(got) != "hello" {
				t.Errorf("read %q, %v", got, err)
			}
			_ = conn.Close()
		}
		if _, err := near.Open(t.Context(), "other"); !errors.Is(err, link.ErrDeclined) {
			t.Errorf("unknown name: error %v, want ErrDeclined", err)
		}
		for _, name := range []string{"", longest + "n", "\xff"} {
			if _, err := near.Open(t.Context(), name); !errors.Is(err, link.ErrName) {
				t.Errorf("name of %d bytes: error %v, want ErrName", len(name), err)
			}
		}
	})
}

func TestOpenIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, &linktest.LAN{Delay: 5 * time.Millisecond}, nil)
		near, far := p.Connect(t)
		begin := time.Now()
		if _, err := near.Open(t.Context(), "sip"); !errors.Is(err, link.ErrUnreachable) {
			t.Errorf("nobody accepts: error %v, want ErrUnreachable", err)
		}
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("it took %v, want 10 s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := near.Open(ctx, "sip"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("caller gave up: error %v, want its deadline", err)
		}
		r, err := far.Accept(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Accept(); err == nil {
			t.Error("a stream the far end gave up could be accepted")
		}
	})
}

func TestBacklogDeclines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, &linktest.LAN{Delay: 5 * time.Millisecond}, nil)
		near, _ := p.Connect(t)
		var declined, late int
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				_, err := near.Open(t.Context(), "sip")
				mu.Lock()
				defer mu.Unlock()
				switch {
				case errors.Is(err, link.ErrDeclined):
					declined++
				case errors.Is(err, link.ErrUnreachable):
					late++
				}
			})
		}
		all.Wait()
		if declined != 24 || late != 16 {
			t.Errorf("%d declined and %d unanswered, want 24 and 16", declined, late)
		}
	})
}

func TestCloseTellsTheFarEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, &linktest.LAN{Delay: 20 * time.Millisecond}, nil)
		near, far := p.Connect(t)
		serve(t, far, map[string]func(net.Conn){"echo": echo})
		conn, err := near.Open(t.Context(), "echo")
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		_ = near.Close()
		<-far.Done()
		if took := time.Since(begin); took > 50*time.Millisecond {
			t.Errorf("the far end knew after %v", took)
		}
		for end, l := range map[string]link.Link{"near": near, "far": far} {
			if !errors.Is(l.Err(), link.ErrClosed) {
				t.Errorf("%s end: error %v, want ErrClosed", end, l.Err())
			}
			if _, err := l.Open(t.Context(), "echo"); !errors.Is(err, link.ErrClosed) {
				t.Errorf("%s end: open: error %v, want ErrClosed", end, err)
			}
			if _, err := l.Accept(t.Context()); !errors.Is(err, link.ErrClosed) {
				t.Errorf("%s end: accept: error %v, want ErrClosed", end, err)
			}
			m, _ := l.Media()
			if err := m.Write(rtp(1, 0)); !errors.Is(err, link.ErrClosed) && end == "near" {
				t.Errorf("%s end: media: error %v, want ErrClosed", end, err)
			}
		}
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, link.ErrClosed) {
			t.Errorf("stream: error %v, want ErrClosed", err)
		}
	})
}

// The closing packet goes out several times, since nothing repeats it.
func TestCloseSurvivesLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, &linktest.LAN{Delay: time.Millisecond, Loss: 0.3, Seed: 4}, nil)
		near, far := p.Connect(t)
		begin := time.Now()
		_ = near.Close()
		<-far.Done()
		if took := time.Since(begin); took > time.Second {
			t.Errorf("the far end knew after %v only", took)
		}
	})
}

func TestDeadPeerIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, &linktest.LAN{Delay: 20 * time.Millisecond}, nil)
		near, far := p.Connect(t)
		time.Sleep(time.Minute)
		if near.Err() != nil || far.Err() != nil {
			t.Fatalf("the link did not live for a quiet minute: %v, %v", near.Err(), far.Err())
		}
		p.LAN.Cut()
		begin := time.Now()
		<-near.Done()
		<-far.Done()
		if took := time.Since(begin); took > 16*time.Second {
			t.Errorf("noticed after %v, want 15 s", took)
		}
		if !errors.Is(near.Err(), link.ErrUnreachable) {
			t.Errorf("error %v, want ErrUnreachable", near.Err())
		}
	})
}

// Somebody who wants a stream need not wait until the link counts as dead.
func TestOpenNoticesADeadPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, &linktest.LAN{Delay: 20 * time.Millisecond}, nil)
		near, _ := p.Connect(t)
		time.Sleep(time.Second)
		p.LAN.Cut()
		begin := time.Now()
		if _, err := near.Open(t.Context(), "sip"); !errors.Is(err, link.ErrUnreachable) {
			t.Errorf("error %v, want ErrUnreachable", err)
		}
		if took := time.Since(begin); took > 4*time.Second {
			t.Errorf("it took %v, want 3 s", took)
		}
		<-near.Done()
		if !errors.Is(near.Err(), link.ErrUnreachable) {
			t.Errorf("link: error %v, want ErrUnreachable", near.Err())
		}
		if n := len(p.From.Links()); n > 1 {
			t.Errorf("%d links", n)
		}
	})
}

func TestBulkBothWays(t *testing.T) {
	p := linktest.NewPair(t, &linktest.LAN{}, nil)
	near, far := p.Connect(t)
	bulk(t, near, far, 50<<20)
}

func TestLossAndJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &linktest.LAN{Delay: 20 * time.Millisecond, Jitter: 30 * time.Millisecond, Loss: 0.05, Seed: 1}
		p := linktest.NewPair(t, lan, nil)
		near, far := p.Connect(t)
		bulk(t, near, far, 1<<20)
		if near.Err() != nil {
			t.Error(near.Err())
		}
	})
}

// bulk sends size random bytes in each direction of one stream and checks that they arrive intact.
func bulk(t *testing.T, near, far link.Link, size int) {
	t.Helper()
	results := make(chan [2][]byte, 2)
	transfer := func(conn net.Conn, seed uint64) {
		var sent, received = sha256.New(), sha256.New()
		var both sync.WaitGroup
		both.Go(func() {
			random := rand.NewChaCha8([32]byte{byte(seed)})
			if _, err := io.CopyN(io.MultiWriter(conn, sent), random, int64(size)); err != nil {
				t.Errorf("send: %v", err)
			}
		})
		both.Go(func() {
			if _, err := io.CopyN(received, conn, int64(size)); err != nil {
				t.Errorf("receive: %v", err)
			}
		})
		both.Wait()
		results <- [2][]byte{sent.Sum(nil), received.Sum(nil)}
	}
	serve(t, far, map[string]func(net.Conn){"bulk": func(conn net.Conn) { transfer(conn, 2) }})
	conn, err := near.Open(t.Context(), "bulk")
	if err != nil {
		t.Fatal(err)
	}
	transfer(conn, 1)
	a, b := <-results, <-results
	if !bytes.Equal(a[0], b[1]) || !bytes.Equal(a[1], b[0]) {
		t.Error("the bytes received are not those sent")
	}
}
