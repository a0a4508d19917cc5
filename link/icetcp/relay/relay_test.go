// SPDX-License-Identifier: GPL-3.0-or-later

package relay_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/lab/miniturn"
	"bellwire/link/icetcp/relay"
)

func dial(ctx context.Context, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

func allocate(t *testing.T, s relay.Server, accepted chan<- net.Conn) (*relay.Allocation, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	a, err := relay.Allocate(ctx, relay.Config{
		Server: s, Dial: dial, Log: slog.New(slog.DiscardHandler),
		Accept: func(_ *relay.Allocation, conn net.Conn, _ netip.AddrPort) { accepted <- conn },
	})
	if err == nil {
		t.Cleanup(func() { _ = a.Close() })
	}
	return a, err
}

func account(t *testing.T) relay.Server {
	return relay.Server{Address: miniturn.Serve(t), User: miniturn.User, Password: miniturn.Password}
}

var local = []netip.Addr{netip.MustParseAddr("127.0.0.1")}

// come connects to an allocation until the server lets us in.
func come(t *testing.T, a *relay.Allocation, accepted <-chan net.Conn) (near, far net.Conn) {
	t.Helper()
	for range 100 {
		far, err := net.Dial("tcp", a.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := far.Write([]byte("hello")); err == nil {
			select {
			case near := <-accepted:
				t.Cleanup(func() { _, _ = near.Close(), far.Close() })
				return near, far
			case <-time.After(50 * time.Millisecond):
			}
		}
		_ = far.Close()
	}
	t.Fatal("nobody came through")
	return nil, nil
}

func TestConnectionsComeThrough(t *testing.T) {
	leak.Check(t)
	accepted := make(chan net.Conn, 10)
	a, err := allocate(t, account(t), accepted)
	if err != nil {
		t.Fatal(err)
	}
	if a.Mapped() != local[0] {
		t.Errorf("the server sees us at %v", a.Mapped())
	}
	// Without a permission nobody comes.
	stranger, err := net.Dial("tcp", a.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	_ = stranger.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := stranger.Read(make([]byte, 1)); err == nil || len(accepted) > 0 {
		t.Error("the server lets strangers in")
	}
	a.Permit(local)
	near, far := come(t, a, accepted)
	got := make([]byte, 5)
	if _, err := io.ReadFull(near, got); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := near.Write([]byte("there")); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadFull(far, got); err != nil || string(got) != "there" {
		t.Errorf("%q, %v", got, err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestWrongPassword(t *testing.T) {
	leak.Check(t)
	s := account(t)
	s.Password = "wrong"
	if _, err := allocate(t, s, nil); err == nil || !strings.Contains(err.Error(), "password") || strings.Contains(err.Error(), "wrong\"") {
		t.Errorf("%v", err)
	}
}

// A server that says nothing, or nonsense, costs the time it is given and no more.
func TestBadServers(t *testing.T) {
	for name, answer := range map[string]string{
		"silent": "", "HTTP": "HTTP/1.1 400 Bad Request\r\n\r\n", "cut": "\x01\x13\x00\x08\x21\x12\xa4\x42",
		"endless": "\x01\x03\xff\xff\x21\x12\xa4\x42" + strings.Repeat("\x00", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan struct{})
			go func() {
				defer close(served)
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(conn, answer)
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err = relay.Allocate(ctx, relay.Config{Server: relay.Server{Address: l.Addr().String()}, Dial: dial, Log: slog.New(slog.DiscardHandler)})
			if err == nil {
				t.Error("an address was allocated")
			}
			_ = l.Close()
			<-served
		})
	}
}
