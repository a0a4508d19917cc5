// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anacrolix/dht/v2"
	"github.com/anacrolix/dht/v2/krpc"
	peerstore "github.com/anacrolix/dht/v2/peer-store"
)

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestCheck(t *testing.T) {
	const id = "2:id20:abcdefghij0123456789"
	for text, want := range map[string]verdict{
		"d1:ad" + id + "e1:q4:ping1:t2:aa1:y1:qe":                                    request,
		"d1:ad" + id + "e1:q4:ping1:t2:aa1:y1:qetrailing":                            request,
		"d1:ad" + id + "6:target20:abcdefghij0123456789e1:q9:find_node1:t1:a1:y1:qe": request,
		"d1:rd" + id + "e1:t2:aa1:y1:re":                                             answer,
		"d2:ip6:\x01\x02\x03\x04\x05\x061:rd" + id + "e1:t2:aa1:y1:re":               answer,
		"d1:eli201e5:Errore1:t2:aa1:y1:ee":                                           answer,
		"d1:q4:ping1:t2:aa1:y1:qe":                                                   unwanted,
		"d1:ad" + id + "e1:q3:put1:t2:aa1:y1:qe":                                     unwanted,
		"d2:ip1:x1:rd" + id + "e1:t2:aa1:y1:re":                                      unwanted,
		"d1:rd" + id + "6:valuesl1:xee1:t2:aa1:y1:re":                                unwanted,
		"": unwanted, "d": unwanted, "de": unwanted, "i1e": unwanted, "l" + "e": unwanted, "d1:t99999999999999999999:e": unwanted,
	} {
		if got, _ := check([]byte(text)); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
}

func TestWellFormed(t *testing.T) {
	for text, want := range map[string]bool{
		"i1e": true, "i-1e": true, "ie": false, "i-e": false, "i1": false, "i1x": false, "i111111111111111111111e": false,
		"0:": true, "3:abc": true, "3:ab": false, "3abc": false, ":": false, "le": true, "lie": false, "l": false,
		"de": true, "d1:ai1ee": true, "d1:ae": false, "di1ei1ee": false, "d1:a": false, "x": false, "": false,
		"llllllleeeeeee": true, "lllllllleeeeeeee": true, "llllllllleeeeeeeee": false,
	} {
		if got := wellFormed([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// FuzzServer gives datagrams to a whole server behind the guard, which must go on living.
func FuzzServer(f *testing.F) {
	const id = "2:id20:abcdefghij0123456789"
	for _, seed := range []string{
		"d1:ad" + id + "e1:q4:ping1:t2:aa1:y1:qe",
		"d1:ad" + id + "9:info_hash20:abcdefghij0123456789e1:q9:get_peers1:t2:aa1:y1:qe",
		"d1:ad" + id + "9:info_hash20:abcdefghij01234567894:porti1e5:token1:xe1:q13:announce_peer1:t2:aa1:y1:qe",
		"d2:ip6:\x01\x02\x03\x04\x05\x061:rd" + id + "5:nodes26:abcdefghij0123456789\x01\x02\x03\x04\x05\x06e1:t2:aa1:y1:re",
		"d1:rd" + id + "6:valuesl6:\x01\x02\x03\x04\x05\x06ee1:t2:aa1:y1:re",
		"d1:eli201e5:Errore1:t2:aa1:y1:ee",
		"d1:q13:announce_peer1:t2:aa1:y1:qe", "d2:ip1:x1:t2:aa1:y1:re",
	} {
		f.Add([]byte(seed))
	}
	pipe := &pipe{in: make(chan []byte), closed: make(chan struct{})}
	guarded := newGuard(pipe, limits{math.MaxInt, math.MaxInt, math.MaxInt})
	m := &Mainline{guard: guarded}
	server, err := dht.NewServer(m.serverConfig())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		server.Close()
		guarded.Close()
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		select {
		case pipe.in <- b:
		case <-time.After(10 * time.Second):
			t.Fatal("the server reads no more")
		}
	})
}

// pipe is a socket that reads from a channel.
type pipe struct {
	in     chan []byte
	errs   chan error
	closed chan struct{}
}

func (p *pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-p.in:
		return copy(b, d), &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1).To4(), Port: 1}, nil
	case err := <-p.errs:
		return 0, nil, err
	case <-p.closed:
		return 0, nil, net.ErrClosed
	}
}

func (p *pipe) WriteTo(b []byte, _ net.Addr) (int, error) { return len(b), nil }
func (p *pipe) Close() error                              { close(p.closed); return nil }
func (p *pipe) LocalAddr() net.Addr                       { return &net.UDPAddr{IP: net.IPv4zero, Port: 1} }
func (p *pipe) SetDeadline(time.Time) error               { return os.ErrNoDeadline }
func (p *pipe) SetReadDeadline(time.Time) error           { return os.ErrNoDeadline }
func (p *pipe) SetWriteDeadline(time.Time) error          { return os.ErrNoDeadline }

func TestErrorsOfTheSocketAreSurvived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipe{in: make(chan []byte, 1), errs: make(chan error, 3), closed: make(chan struct{})}
		g := newGuard(p, usualLimits())
		for range 3 {
			p.errs <- errors.New("connection refused")
		}
		go func() {
			time.Sleep(time.Second)
			p.in <- []byte("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe")
		}()
		if n, _, err := g.ReadFrom(make([]byte, 1500)); n == 0 || err != nil {
			t.Errorf("read %d bytes, %v", n, err)
		}
		done := make(chan error)
		go func() {
			_, _, err := g.ReadFrom(make([]byte, 1500))
			done <- err
		}()
		p.Close()
		synctest.Wait()
		select {
		case err := <-done:
			t.Errorf("a socket closed by somebody else gives %v, at which the library panics", err)
		default:
		}
		close(g.closed)
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
}

func TestPeerStoreIsBounded(t *testing.T) {
	s := newPeerStore()
	hash := func(i int) (h peerstore.InfoHash) {
		copy(h[:], fmt.Sprint(i))
		return h
	}
	for i := range 5000 {
		s.add(start.Add(time.Duration(i)*time.Millisecond), hash(i), netip.MustParseAddrPort("192.0.2.1:1"))
	}
	if len(s.swarms) != maxSwarms || s.get(start.Add(time.Minute), hash(4999)) == nil || s.get(start.Add(time.Minute), hash(0)) != nil {
		t.Errorf("%d infohashes are kept", len(s.swarms))
	}
	for i := range 500 {
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1)
		s.add(start.Add(time.Duration(i)*time.Second), hash(4999), addr)
	}
	now := start.Add(500 * time.Second)
	given := s.get(now, hash(4999))
	if len(s.swarms[hash(4999)].peers) != maxPeers || len(given) != maxGiven || given[0].IP.String() != "10.0.1.243" {
		t.Errorf("%d peers are kept, %d are given, first %v", len(s.swarms[hash(4999)].peers), len(given), given[0])
	}
	s.add(now, hash(4999), netip.MustParseAddrPort("10.0.1.243:9"))
	if again := s.get(now, hash(4999)); again[0].Port != 9 || again[1].IP.Equal(again[0].IP) {
		t.Errorf("a new port of an address did not replace the old one: %v", again[:2])
	}
	if left := s.get(now.Add(peerLifetime), hash(4999)); len(left) != 0 {
		t.Errorf("%d peers are given after their time", len(left))
	}
	for _, bad := range []krpc.NodeAddr{{}, {IP: net.IPv4(10, 0, 0, 1)}, {IP: net.IPv4(10, 0, 0, 1), Port: 70000}, {IP: net.IP{1, 2, 3}, Port: 1}, {IP: net.IPv4(10, 0, 0, 1), Port: -1}} {
		s.AddPeer(hash(1), bad)
	}
	if got := s.GetPeers(hash(1)); len(got) != 0 {
		t.Errorf("unusable peers are given: %v", got)
	}
}

func TestWorthAPing(t *testing.T) {
	for _, c := range []struct {
		ip, teller string
		want       bool
	}{
		{"192.0.2.1", "198.51.100.1", true},
		{"2001:db8::1", "198.51.100.1", true},
		{"127.0.0.1", "198.51.100.1", false},
		{"10.0.0.1", "198.51.100.1", false},
		{"fe80::1", "2001:db8::1", false},
		{"127.0.0.1", "127.0.0.1", true},
		{"10.0.0.1", "192.168.1.1", true},
		{"0.0.0.0", "10.0.0.1", false},
		{"224.0.0.1", "10.0.0.1", false},
		{"255.255.255.255", "10.0.0.1", false},
		{"::", "10.0.0.1", false},
	} {
		if got := worthAPing(netip.MustParseAddr(c.ip), netip.MustParseAddr(c.teller)); got != c.want {
			t.Errorf("%s named by %s: %v", c.ip, c.teller, got)
		}
	}
}

func TestResolve(t *testing.T) {
	for router, want := range map[string]string{
		"192.0.2.1:6881": "192.0.2.1:6881", "[2001:db8::1]:1": "[2001:db8::1]:1",
		"192.0.2.1": "", "192.0.2.1:0": "", "192.0.2.1:70000": "", "192.0.2.1:http": "",
	} {
		addrs, err := resolve(t.Context(), router)
		if (err == nil) != (want != "") || err == nil && addrs[0].String() != want {
			t.Errorf("%s: %v, %v", router, addrs, err)
		}
	}
}
