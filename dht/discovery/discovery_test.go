// SPDX-License-Identifier: GPL-3.0-or-later

package discovery_test

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/dht/discovery"
	"bellwire/dht/wire"
)

// segment is a local network in memory: what one of its hosts shouts, all hear.
type segment struct {
	mu    sync.Mutex
	hosts []*host
	sent  int // answers to single hosts
}

// host is a place on a segment. It is a medium, and its own only socket.
type host struct {
	net.PacketConn
	segment *segment
	addr    netip.AddrPort
	queue   chan datagram
	closed  chan struct{}
	closing sync.Once
}

type datagram struct {
	from netip.AddrPort
	b    []byte
}

func (s *segment) join(addr string) *host {
	h := &host{segment: s, addr: netip.MustParseAddrPort(addr), queue: make(chan datagram, 1000), closed: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts = append(s.hosts, h)
	return h
}

func (h *host) Conns() []net.PacketConn { return []net.PacketConn{h} }
func (h *host) Rejoin() error           { return nil }

func (h *host) Close() error {
	h.closing.Do(func() { close(h.closed) })
	return nil
}

func (h *host) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-h.queue:
		return copy(b, d.b), net.UDPAddrFromAddrPort(d.from), nil
	case <-h.closed:
		return 0, nil, net.ErrClosed
	}
}

func (h *host) Shout(b []byte) error {
	h.segment.mu.Lock()
	defer h.segment.mu.Unlock()
	for _, other := range h.segment.hosts {
		other.deliver(datagram{h.addr, b})
	}
	return nil
}

// deliver loses what a host that does not read cannot hold.
func (h *host) deliver(d datagram) {
	select {
	case h.queue <- d:
	default:
	}
}

func (h *host) Tell(to netip.AddrPort, b []byte) error {
	h.segment.mu.Lock()
	defer h.segment.mu.Unlock()
	h.segment.sent++
	for _, other := range h.segment.hosts {
		if other.addr == to {
			other.deliver(datagram{h.addr, b})
		}
	}
	return nil
}

func start(t *testing.T, h *host, name string, network uint32) *discovery.Discovery {
	t.Helper()
	d, err := discovery.Start(discovery.Config{ID: wire.KeyOf([]byte(name)), Port: 4222, Network: network, Medium: h})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// found returns the addresses of the nodes found by now.
func found(d *discovery.Discovery) map[string]bool {
	synctest.Wait()
	all := map[string]bool{}
	for {
		select {
		case n := <-d.Nodes():
			all[n.Addr.String()] = true
		default:
			return all
		}
	}
}

func expect(t *testing.T, who string, d *discovery.Discovery, want ...string) {
	t.Helper()
	got := found(d)
	for _, addr := range want {
		if !got[addr] {
			t.Errorf("%s did not find %s", who, addr)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s found %v, want %v", who, got, want)
	}
}

func TestNodesOfOneNetworkFindOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &segment{}
		alice := start(t, lan.join("192.0.2.1:50001"), "alice", 0)
		expect(t, "alice, alone,", alice)
		bob := start(t, lan.join("192.0.2.2:50002"), "bob", 0)
		carol := start(t, lan.join("[2001:db8::3]:50003"), "carol", 7)
		expect(t, "alice", alice, "192.0.2.2:4222")
		expect(t, "bob", bob, "192.0.2.1:4222")
		expect(t, "carol, in another network,", carol)

		time.Sleep(time.Minute)
		expect(t, "alice, a minute later,", alice)
		bob.Refresh()
		expect(t, "alice, after bob moved,", alice, "192.0.2.2:4222")
		expect(t, "bob, after he moved,", bob, "192.0.2.1:4222")
	})
}

func TestAnswersAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &segment{}
		start(t, lan.join("192.0.2.1:50001"), "alice", 0)
		flooder := lan.join("192.0.2.66:1")
		for range 10 {
			for range 100 {
				if err := flooder.Shout([]byte{0xa1, 'q'}); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if lan.sent == 0 || lan.sent > 20 {
			t.Errorf("%d answers to 1000 questions in ten seconds", lan.sent)
		}
	})
}

func TestNonsenseIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := &segment{}
		alice := start(t, lan.join("192.0.2.1:50001"), "alice", 0)
		stranger := lan.join("192.0.2.66:1")
		for _, b := range [][]byte{
			nil, {0xc1}, {0xdf, 0xff, 0xff, 0xff, 0xff}, make([]byte, 1500),
			append([]byte("\x81\xa3dht\x93\xc4\x14"), make([]byte, 22)...), // zero id, port 0
		} {
			if err := stranger.Shout(b); err != nil {
				t.Fatal(err)
			}
		}
		expect(t, "alice", alice)
		start(t, lan.join("192.0.2.2:50002"), "bob", 0)
		expect(t, "alice", alice, "192.0.2.2:4222")
	})
}
