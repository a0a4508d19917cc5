// SPDX-License-Identifier: GPL-3.0-or-later

package relay

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/stun/v4"
)

// script is a server a test plays itself, over pipes and in fake time.
type script struct {
	t     *testing.T
	conns chan net.Conn // that were dialled
	ctl   net.Conn
	in    *bufio.Reader
	key   stun.MessageIntegrity
	nonce string
}

func (s *script) dial(context.Context, string) (net.Conn, error) {
	near, far := net.Pipe()
	s.conns <- far
	return near, nil
}

// start allocates and answers that.
func start(t *testing.T, life time.Duration, accept func(*Allocation, net.Conn, netip.AddrPort)) (*script, *Allocation) {
	t.Helper()
	s := &script{t: t, conns: make(chan net.Conn, 20), nonce: "first", key: stun.NewLongTermIntegrity("user", "realm", "secret")}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.ctl = <-s.conns
		s.in = bufio.NewReader(s.ctl)
		s.refuse(s.ctl, s.next(), stun.CodeUnauthorized)
		m := s.next()
		seconds := binary.BigEndian.AppendUint32(nil, uint32(life/time.Second))
		s.grant(s.ctl, m,
			peer(stun.AttrXORRelayedAddress, "203.0.113.1:5000"), peer(stun.AttrXORMappedAddress, "198.51.100.1:9"),
			stun.RawAttribute{Type: stun.AttrLifetime, Value: seconds})
	}()
	a, err := Allocate(t.Context(), Config{
		Server: Server{Address: "turn.example:3478", User: "user", Password: "secret"},
		Dial:   s.dial, Accept: accept, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	<-done
	return s, a
}

type peerSetter struct {
	t    stun.AttrType
	addr netip.AddrPort
}

func (p peerSetter) AddTo(m *stun.Message) error {
	return stun.XORMappedAddress{IP: p.addr.Addr().AsSlice(), Port: int(p.addr.Port())}.AddToAs(m, p.t)
}

func peer(t stun.AttrType, addr string) stun.Setter {
	return peerSetter{t, netip.MustParseAddrPort(addr)}
}

func (s *script) next() *stun.Message {
	s.t.Helper()
	m, err := next(s.in)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// expect reads a request of this kind that is signed and has the present nonce.
func (s *script) expect(m *stun.Message, method stun.Method) {
	s.t.Helper()
	var nonce stun.Nonce
	if m.Type != stun.NewType(method, stun.ClassRequest) || s.key.Check(m) != nil || nonce.GetFrom(m) != nil || string(nonce) != s.nonce {
		s.t.Errorf("%v with the nonce %q, want %v with %q", m.Type, nonce, method, s.nonce)
	}
}

func (s *script) send(to net.Conn, setters ...stun.Setter) {
	s.t.Helper()
	m, err := stun.Build(setters...)
	if err != nil {
		s.t.Fatal(err)
	}
	// In two parts, as TCP may deliver it.
	for _, part := range [][]byte{m.Raw[:10], m.Raw[10:]} {
		if _, err := to.Write(part); err != nil {
			s.t.Error(err)
		}
	}
}

func (s *script) refuse(to net.Conn, m *stun.Message, code stun.ErrorCode) {
	s.t.Helper()
	s.send(to, m, stun.NewType(m.Type.Method, stun.ClassErrorResponse), code, stun.NewRealm("realm"), stun.NewNonce(s.nonce))
}

func (s *script) grant(to net.Conn, m *stun.Message, attributes ...stun.Setter) {
	s.t.Helper()
	setters := append([]stun.Setter{m, stun.NewType(m.Type.Method, stun.ClassSuccessResponse)}, attributes...)
	s.send(to, append(setters, s.key)...)
}

// The allocation and its permissions are renewed in time, also when the nonce has become stale.
func TestRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := start(t, 10*time.Minute, nil)
		if a.Addr().String() != "203.0.113.1:5000" || a.Mapped().String() != "198.51.100.1" {
			t.Errorf("at %v, seen at %v", a.Addr(), a.Mapped())
		}
		begin := time.Now()
		a.Permit([]netip.Addr{netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("2001:db8::1"), netip.IPv4Unspecified(), {}})
		m := s.next()
		s.expect(m, stun.MethodCreatePermission)
		if got, err := address(m, stun.AttrXORPeerAddress); err != nil || got.Addr().String() != "198.51.100.7" {
			t.Errorf("permission for %v, %v", got, err)
		}
		s.grant(s.ctl, m)
		for _, c := range []struct {
			at     time.Duration
			method stun.Method
		}{{4 * time.Minute, stun.MethodCreatePermission}, {5 * time.Minute, stun.MethodRefresh}, {8 * time.Minute, stun.MethodCreatePermission}, {10 * time.Minute, stun.MethodRefresh}} {
			m := s.next()
			s.expect(m, c.method)
			if at := time.Since(begin); at != c.at {
				t.Errorf("%v after %v, want %v", c.method, at, c.at)
			}
			s.nonce += "+"
			s.refuse(s.ctl, m, stun.CodeStaleNonce)
			m = s.next()
			s.expect(m, c.method)
			s.grant(s.ctl, m, stun.RawAttribute{Type: stun.AttrLifetime, Value: []byte{0, 0, 2, 88}})
		}
		_ = a.Close()
	})
}

// A server that always finds the nonce stale, or ends the allocation, is left.
func TestRenewalEnds(t *testing.T) {
	for name, answer := range map[string]func(s *script, m *stun.Message){
		"stale for ever": func(s *script, m *stun.Message) { s.refuse(s.ctl, m, stun.CodeStaleNonce) },
		"mismatch":       func(s *script, m *stun.Message) { s.refuse(s.ctl, m, stun.CodeAllocMismatch) },
		"lifetime zero": func(s *script, m *stun.Message) {
			s.grant(s.ctl, m, stun.RawAttribute{Type: stun.AttrLifetime, Value: []byte{0, 0, 0, 0}})
		},
		"no lifetime": func(s *script, m *stun.Message) { s.grant(s.ctl, m) },
		"nonsense":    func(s *script, _ *stun.Message) { _, _ = s.ctl.Write(make([]byte, 20)) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, a := start(t, time.Minute, nil)
				for range maxStale + 1 {
					m, err := next(s.in)
					if err != nil {
						break
					}
					answer(s, m)
				}
				if _, err := next(s.in); err == nil {
					t.Error("the server is still asked")
				}
				_ = a.Close()
			})
		})
	}
}

// A refused permission does no harm to the others.
func TestRefusedPermission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := start(t, 10*time.Minute, nil)
		a.Permit([]netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("198.51.100.7")})
		s.refuse(s.ctl, s.next(), stun.CodeForbidden)
		s.grant(s.ctl, s.next())
		m := s.next()
		if got, err := address(m, stun.AttrXORPeerAddress); err != nil || got.Addr().String() != "198.51.100.7" {
			t.Errorf("the permission for %v is renewed, %v", got, err)
		}
		_ = a.Close()
	})
}

func attempt(s *script, number byte) {
	s.send(s.ctl, stun.TransactionID, stun.NewType(stun.MethodConnectionAttempt, stun.ClassIndication),
		peer(stun.AttrXORPeerAddress, "198.51.100.7:4000"), stun.RawAttribute{Type: stun.AttrConnectionID, Value: []byte{0, 0, 0, number}})
}

// A connection is bound, also when the nonce has become stale, and loses nothing the far end sent at once.
func TestBind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accepted := make(chan net.Conn, 1)
		s, a := start(t, 10*time.Minute, func(_ *Allocation, conn net.Conn, from netip.AddrPort) {
			if from.String() != "198.51.100.7:4000" {
				t.Errorf("from %v", from)
			}
			accepted <- conn
		})
		attempt(s, 5)
		conn := <-s.conns
		m, err := readOne(conn)
		if err != nil {
			t.Fatal(err)
		}
		s.expect(m, stun.MethodConnectionBind)
		s.nonce = "second"
		s.refuse(conn, m, stun.CodeStaleNonce)
		if m, err = readOne(conn); err != nil {
			t.Fatal(err)
		}
		s.expect(m, stun.MethodConnectionBind)
		if number, err := m.Get(stun.AttrConnectionID); err != nil || string(number) != "\x00\x00\x00\x05" {
			t.Errorf("connection %x, %v", number, err)
		}
		s.grant(conn, m)
		near := <-accepted
		go func() { _, _ = conn.Write([]byte("hello")) }()
		got := make([]byte, 5)
		if _, err := io.ReadFull(near, got); err != nil || string(got) != "hello" {
			t.Errorf("%q, %v", got, err)
		}
		_ = near.Close()
		_ = a.Close()
	})
}

// A server that announces connections without end has a few bound at a time; Close waits for them.
func TestManyAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := start(t, 10*time.Minute, nil)
		for i := range byte(2 * maxBinding) {
			attempt(s, i)
		}
		synctest.Wait()
		if n := len(s.conns); n != maxBinding {
			t.Errorf("%d connections, want %d", n, maxBinding)
		}
		_ = a.Close()
		for range maxBinding {
			_, err := io.Copy(io.Discard, <-s.conns)
			if err != nil {
				t.Error(err)
			}
		}
	})
}
