// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"
)

// conn gives an end of a pipe the addresses that a connection of a link has.
type conn struct {
	net.Conn
	local, remote netip.AddrPort
}

func (c conn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.local) }
func (c conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

var (
	addrA = netip.MustParseAddrPort("10.77.0.11:36619")
	addrB = netip.MustParseAddrPort("10.77.0.12:46374")
)

func pipe() (a, b net.Conn) {
	x, y := net.Pipe()
	return conn{x, addrA, addrB}, conn{y, addrB, addrA}
}

// pair is two user agents with one flow between them.
type pair struct {
	a, b         *UA
	atA, atB     *Flow
	alice, bobby Address
}

func newPair(t testing.TB) *pair {
	t.Helper()
	p := &pair{
		a: newUA(t, Config{Name: "Alice"}), b: newUA(t, Config{Name: "Bob"}),
		alice: Address{Name: `Alice "A" B`, URI: URI{Scheme: "sip", User: "alice", Host: "ring.dht"}},
		bobby: Address{URI: URI{Scheme: "sips", User: "bob", Host: "10.77.0.12"}},
	}
	x, y := pipe()
	p.atA, p.atB = attach(t, p.a, x, "bob"), attach(t, p.b, y, "alice")
	return p
}

func newUA(t testing.TB, cfg Config) *UA {
	t.Helper()
	u, err := NewUA(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.Close() })
	return u
}

func attach(t testing.TB, u *UA, c net.Conn, tag any) *Flow {
	t.Helper()
	f, err := u.Attach(c, tag)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// soon bounds what must not take long; in a synctest bubble it is exact.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// invite calls from a to b and returns both sides, unanswered.
func (p *pair) invite(t testing.TB, offer string) (out, in *Session) {
	t.Helper()
	out, err := p.atA.Invite(soon(t), Invite{From: p.alice, To: p.bobby, Body: []byte(offer)})
	if err != nil {
		t.Fatal(err)
	}
	in, err = p.b.Accept(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	return out, in
}

// call is invite, answered.
func (p *pair) call(t testing.TB) (out, in *Session) {
	t.Helper()
	out, in = p.invite(t, "offer")
	if _, err := in.Answer(soon(t), []byte("answer")); err != nil {
		t.Fatal(err)
	}
	if r := final(t, out); r.Code != 200 || string(r.Body) != "answer" {
		t.Fatalf("the call ended with %d %q, want 200 and the answer", r.Code, r.Body)
	}
	return out, in
}

// final returns the final response.
func final(t testing.TB, s *Session) Response {
	t.Helper()
	var last Response
	for r := range s.Responses() {
		last = r
	}
	return last
}

// next returns the next event, which must be of type E.
func next[E Event](t testing.TB, s *Session) E {
	t.Helper()
	select {
	case e, ok := <-s.Events():
		want, right := e.(E)
		if !ok || !right {
			t.Fatalf("event %T %+v, want %T", e, e, want)
		}
		return want
	case <-time.After(time.Minute):
		panic("no event within a minute")
	}
}
