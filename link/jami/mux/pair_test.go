// SPDX-License-Identifier: GPL-3.0-or-later

package mux_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"bellwire/link/jami/mux"
)

// pair is two sockets over a pipe, the requester's and the requested end's.
func pair(t testing.TB, cfg mux.Config) (near, far *mux.Socket) {
	t.Helper()
	a, b := net.Pipe()
	return over(t, a, b, cfg)
}

// tcpPair is two sockets over TCP on this machine.
func tcpPair(t testing.TB) (near, far *mux.Socket) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return over(t, a, b, mux.Config{})
}

func over(t testing.TB, a, b net.Conn, cfg mux.Config) (near, far *mux.Socket) {
	near = mux.New(a, mux.FirstOfRequester, cfg)
	far = mux.New(b, mux.FirstOfRequested, cfg)
	t.Cleanup(func() {
		_ = near.Close()
		_ = far.Close()
	})
	return near, far
}

// serve accepts streams by name until the socket ends, and declines others.
func serve(m *mux.Socket, handlers map[string]func(net.Conn)) {
	go func() {
		for {
			r, err := m.Accept(context.Background())
			if err != nil {
				return
			}
			handle := handlers[r.Name]
			if handle == nil {
				r.Decline()
				continue
			}
			if conn, err := r.Accept(); err == nil {
				go handle(conn)
			}
		}
	}()
}

func echo(conn net.Conn) {
	_, _ = io.Copy(conn, conn)
	_ = conn.Close()
}

// streams returns both ends of one stream.
func streams(t testing.TB, from, to *mux.Socket, name string) (near, far net.Conn) {
	t.Helper()
	accepted := make(chan net.Conn, 1)
	go func() {
		defer close(accepted)
		r, err := to.Accept(t.Context())
		if err != nil {
			t.Error(err)
			return
		}
		conn, err := r.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		accepted <- conn
	}()
	near, err := from.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	far, ok := <-accepted
	if !ok {
		t.FailNow()
	}
	return near, far
}

func write(t testing.TB, conn net.Conn, what string) {
	t.Helper()
	if _, err := io.WriteString(conn, what); err != nil {
		t.Fatalf("write: %v", err)
	}
}

func want(t testing.TB, conn net.Conn, what string) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	got := make([]byte, len(what))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != what {
		t.Fatalf("read %q, %v; want %q", got, err, what)
	}
}
