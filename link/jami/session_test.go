// SPDX-License-Identifier: GPL-3.0-or-later

package jami_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/link"
	"bellwire/link/linktest"
)

func echo(conn net.Conn) {
	_, _ = io.Copy(conn, conn)
	_ = conn.Close()
}

func TestStreamsByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t, 5*time.Millisecond)
		near, far := e.sessions(t)
		if p := near.Peer(); p.Account != e.bob.AccountID() || p.LongID != e.bob.LongID() {
			t.Errorf("the near end's peer is %v", p.Account)
		}
		if p := far.Peer(); p.Account != e.alice.AccountID() || p.LongID != e.alice.LongID() {
			t.Errorf("the far end's peer is %v", p.Account)
		}
		if _, ok := near.Media(); ok {
			t.Error("there is a path for media")
		}
		longest := strings.Repeat("n", link.MaxName)
		for _, l := range []link.Link{near, far} {
			linktest.Serve(l, map[string]func(net.Conn){"sip": echo, longest: echo})
		}
		for _, from := range []link.Link{near, far} {
			for _, name := range []string{"sip", longest} {
				conn, err := from.Open(t.Context(), name)
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
				_ = conn.SetReadDeadline(time.Now().Add(time.Second))
				if _, err := conn.Read(got); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("deadline: error %v", err)
				}
				_ = conn.Close()
				if _, err := conn.Read(got); !errors.Is(err, link.ErrClosed) {
					t.Errorf("read from a closed stream: error %v", err)
				}
			}
			if _, err := from.Open(t.Context(), "other"); !errors.Is(err, link.ErrDeclined) {
				t.Errorf("unknown name: error %v, want ErrDeclined", err)
			}
			if _, err := from.Open(t.Context(), longest+"n"); !errors.Is(err, link.ErrName) {
				t.Errorf("a name too long: error %v, want ErrName", err)
			}
		}
	})
}

func TestOpenIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newEnds(t, 5*time.Millisecond).sessions(t)
		time.Sleep(time.Second)
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
		if _, err := r.Accept(); !errors.Is(err, link.ErrClosed) {
			t.Errorf("a stream the far end gave up was accepted: %v", err)
		}
		if err := near.Err(); err != nil {
			t.Errorf("the link ended: %v", err)
		}
	})
}

func TestCloseTellsTheFarEnd(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(link.Session) error
		want error
	}{
		"close":  {link.Session.Close, link.ErrClosed},
		"refuse": {link.Session.Refuse, link.ErrDeclined},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := newEnds(t, 20*time.Millisecond).sessions(t)
				linktest.Serve(near, map[string]func(net.Conn){"sip": echo})
				conn, err := far.Open(t.Context(), "sip")
				if err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				_ = c.end(near)
				<-far.Done()
				if took := time.Since(begin); took > 100*time.Millisecond {
					t.Errorf("it took %v", took)
				}
				if !errors.Is(near.Err(), link.ErrClosed) {
					t.Errorf("near end: error %v, want ErrClosed", near.Err())
				}
				if !errors.Is(far.Err(), c.want) {
					t.Errorf("far end: error %v, want %v", far.Err(), c.want)
				}
				for end, l := range map[string]link.Session{"near": near, "far": far} {
					if _, err := l.Open(t.Context(), "sip"); !errors.Is(err, l.Err()) {
						t.Errorf("%s end: open: error %v", end, err)
					}
					if _, err := l.Accept(t.Context()); !errors.Is(err, l.Err()) {
						t.Errorf("%s end: accept: error %v", end, err)
					}
					if err := l.Probe(t.Context()); !errors.Is(err, l.Err()) {
						t.Errorf("%s end: probe: error %v", end, err)
					}
				}
				// The stream was closed before the link, as Jami wants it.
				if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
					t.Errorf("stream: error %v, want EOF", err)
				}
			})
		})
	}
}

func TestRoundTripTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newEnds(t, 40*time.Millisecond).sessions(t)
		time.Sleep(time.Second)
		for end, l := range map[string]link.Link{"near": near, "far": far} {
			if rtt := l.RTT(); rtt != 80*time.Millisecond {
				t.Errorf("%s end: round-trip time %v, want 80 ms", end, rtt)
			}
			begin := time.Now()
			if err := l.Probe(t.Context()); err != nil || time.Since(begin) != 80*time.Millisecond {
				t.Errorf("%s end: probe: %v after %v", end, err, time.Since(begin))
			}
		}
	})
}

func TestDeadPeerIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t, 20*time.Millisecond)
		near, far := e.sessions(t)
		time.Sleep(10 * time.Minute)
		if near.Err() != nil || far.Err() != nil {
			t.Fatalf("the link did not live for ten quiet minutes: %v, %v", near.Err(), far.Err())
		}
		e.wire.Cut()
		begin := time.Now()
		<-near.Done()
		<-far.Done()
		if took := time.Since(begin); took > 46*time.Second {
			t.Errorf("noticed after %v, want 45 s at most", took)
		}
		for _, l := range []link.Link{near, far} {
			if !errors.Is(l.Err(), link.ErrUnreachable) {
				t.Errorf("error %v, want ErrUnreachable", l.Err())
			}
		}
	})
}

// A far end that is so near that its answers take no time is alive too.
func TestNearPeerLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newEnds(t, 0).sessions(t)
		time.Sleep(10 * time.Minute)
		if near.Err() != nil || far.Err() != nil {
			t.Errorf("the link did not live for ten quiet minutes: %v, %v", near.Err(), far.Err())
		}
	})
}

// Somebody who wants a stream or a sign of life need not wait until the link counts as dead.
func TestOpenNoticesADeadPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t, 20*time.Millisecond)
		near, _ := e.sessions(t)
		time.Sleep(time.Second)
		e.wire.Cut()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := near.Probe(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("probe: error %v, want the deadline", err)
		}
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
	})
}

// overhead is what IPv4, TCP with timestamps and the frame of ICE-TCP add to a record in bytes, and
// what the acknowledgment of a segment takes.
const (
	overhead = 20 + 32 + 2
	ack      = 20 + 32
)

// A quiet hour costs less than half of what Jami's own link does, which is about 50 bytes a second in
// each direction.
func TestIdleCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t, 20*time.Millisecond)
		e.sessions(t)
		time.Sleep(time.Minute)
		writes, bytes := e.wire.Writes.Load(), e.wire.Bytes.Load()
		time.Sleep(time.Hour)
		writes, bytes = e.wire.Writes.Load()-writes, e.wire.Bytes.Load()-bytes
		perSecond := float64(bytes+writes*(overhead+ack)) / 3600
		t.Logf("%.1f bytes a second in both directions together, in %d writes an hour", perSecond, writes)
		if perSecond > 25 {
			t.Errorf("%.1f bytes a second", perSecond)
		}
	})
}
