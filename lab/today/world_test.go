// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/dht"
	"bellwire/identity"
	"bellwire/internal/testid"
	"bellwire/lab/today"
	"bellwire/line/p2p"
	"bellwire/line/p2p/contacts"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/jami"
	"bellwire/link/linktest"
	"bellwire/link/offer"
	"bellwire/link/quic"
	"bellwire/media/codec"
	"bellwire/store"
)

// hosts is how many machines a world has room for; the first two are nodes of the DHT alone.
const hosts = 8

// world is a network with a private DHT, on which phones of ours and peers meet in fake time.
type world struct {
	t     *testing.T
	lan   *lan
	hosts []*host
	first netip.AddrPort
	peers []*today.Peer
}

// inWorld runs a test in a world, whose network may be changed to a bad one.
func inWorld(t *testing.T, test func(t *testing.T, w *world), change ...func(*linktest.LAN)) {
	t.Helper()
	if err := codec.OpusAvailable(); err != nil {
		t.Skip(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, lan: newLAN(t, change...)}
		t.Cleanup(w.lan.close)
		for i := range hosts {
			w.hosts = append(w.hosts, w.lan.host(t, fmt.Sprintf("10.0.0.%d", i+1)))
		}
		w.lan.Up(t)
		t.Cleanup(func() {
			for _, p := range w.peers {
				for _, complaint := range p.Complaints() {
					t.Errorf("peer %s: %s", p.ID(), complaint)
				}
			}
		})
		w.first = w.node(w.host()).Addrs()[0]
		w.node(w.host())
		test(t, w)
	})
}

// host takes the next machine.
func (w *world) host() *host {
	w.t.Helper()
	if len(w.hosts) == 0 {
		w.t.Fatal("the world has no machine left")
	}
	h := w.hosts[0]
	w.hosts = w.hosts[1:]
	return h
}

// node starts a node of the DHT and waits until it is part of it.
func (w *world) node(h *host) *dht.Node {
	w.t.Helper()
	conn, err := h.ListenUDP("udp4", &net.UDPAddr{IP: h.addr.AsSlice(), Port: 4222})
	if err != nil {
		w.t.Fatal(err)
	}
	cfg := dht.Config{Conns: []net.PacketConn{conn}}
	if w.first.IsValid() {
		cfg.Bootstrap = []string{w.first.String()}
	}
	node, err := dht.Start(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { node.Close() })
	if w.first.IsValid() {
		if err := node.WaitConnected(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
	return node
}

// phone is a Bellwire: its line, and what it runs on.
type phone struct {
	*p2p.Line
	book   *contacts.Book
	links  *link.Endpoint
	device *identity.Device
}

// phone starts a Bellwire of an account on a device; change may alter the configuration of its book.
func (w *world) phone(account, device string, change ...func(*contacts.Config)) *phone {
	t := w.t
	t.Helper()
	h := w.host()
	node := w.node(h)
	p := &phone{device: deviceOf(t, account, device)}
	announcement, err := p2p.Announce(testid.Account(t, account), p.device)
	must(t, err)
	paths := ice.Config{Net: h}
	quicCarrier, err := quic.New(paths)
	must(t, err)
	jamiCarrier, err := jami.New(paths)
	must(t, err)
	offers, err := offer.Start(offer.Config{Network: offer.Over(node), Device: p.device})
	must(t, err)
	t.Cleanup(func() { offers.Close() })
	book := contacts.Config{Store: store.Memory(), Account: p.device.AccountID()}
	for _, c := range change {
		c(&book)
	}
	p.book, err = contacts.Open(book)
	must(t, err)
	p.links, err = link.New(link.Config{
		Device: p.device, Signaller: offers, Carriers: []link.Carrier{quicCarrier, jamiCarrier},
		Allow: func(_ context.Context, far link.Peer) error { return p.book.Allow(far.Account) },
	})
	must(t, err)
	t.Cleanup(func() { p.links.Close() })
	p.Line, err = p2p.New(p2p.Config{
		Device: p.device, Announcement: announcement, DHT: node, Links: p.links, ICE: paths,
		Codecs: codec.List(), Contacts: p.book, Name: device, UserAgent: p2p.UserAgent("Bellwire"),
	})
	must(t, err)
	t.Cleanup(func() { p.Line.Close() })
	must(t, p.Ready(t.Context()))
	return p
}

// account is the id of the phone's.
func (p *phone) account() identity.AccountID { return p.device.AccountID() }

// peer starts a peer of an account on a device; change may alter its configuration.
func (w *world) peer(account, device string, change ...func(*today.Config)) *today.Peer {
	t := w.t
	t.Helper()
	h := w.host()
	cfg := today.Config{
		Account: testid.Account(t, account), Device: deviceOf(t, account, device), DHT: w.node(h),
		ICE: ice.Config{Net: h}, Name: device,
	}
	for _, c := range change {
		c(&cfg)
	}
	p, err := today.Start(cfg)
	must(t, err)
	t.Cleanup(p.Close)
	w.peers = append(w.peers, p)
	time.Sleep(time.Second) // until what it published is stored, as the fake clock has it
	return p
}

// deviceOf returns a device of an account with a key that is quicker than those of 4096 bits.
func deviceOf(t testing.TB, account, device string) *identity.Device {
	t.Helper()
	i := slices.Index([]string{"alice", "alice2", "bob", "carol"}, device)
	return testid.Issue(t, testid.Account(t, account), testid.Key2048(t, i), testid.Valid())
}

// public lets strangers connect.
func public(c *today.Config) { c.PublicInCalls = true }

// of2023 is the generation before.
func of2023(c *today.Config) { c.Generation = today.Of2023 }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// soon bounds a wait that should be short.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// next returns the next event of a leg of a type.
func next[E call.Event](t testing.TB, leg *call.Leg) E {
	t.Helper()
	for {
		select {
		case e, more := <-leg.Events():
			if !more {
				t.Fatalf("the call ended: %+v", leg.End())
			}
			if e, ok := e.(E); ok {
				return e
			}
		case <-soon(t).Done():
			var none E
			t.Fatalf("no %T came", none)
		}
	}
}
