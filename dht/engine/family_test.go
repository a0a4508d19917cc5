// SPDX-License-Identifier: GPL-3.0-or-later

package engine_test

import (
	"net/netip"
	"testing"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/wire"
)

// A request over one family may ask for nodes of both.
func TestFindForBothFamilies(t *testing.T) {
	l := newLab(t, func(c *engine.Config) { c.IPv6 = true })
	l.join(1)
	six := l.peer(2)
	six.addr = netip.MustParseAddrPort("[2001:db8::2]:4222")
	l.peers[six.addr] = six
	l.do(func(e *engine.Engine, now time.Time) { e.Ping(now, six.addr) })
	l.run(time.Second)
	for _, c := range []struct {
		from       netip.AddrPort
		want       wire.Families
		four, many bool
	}{
		{addr(9), 0, true, false},
		{addr(9), wire.IPv4 | wire.IPv6, true, true},
		{addr(9), wire.IPv6, false, true},
		{netip.MustParseAddrPort("[2001:db8::9]:4222"), 0, false, true},
	} {
		r := l.replyTo(c.from, wire.Message{Kind: wire.Find, ID: id(9), Target: key, Want: c.want})
		if got4, got6 := len(r.Nodes4) > 0, len(r.Nodes6) > 0; got4 != c.four || got6 != c.many {
			t.Errorf("from %v with w=%v: n4 %v, n6 %v", c.from, c.want, got4, got6)
		}
		if r.Seen != c.from.Addr() {
			t.Errorf("told %v that it is %v", c.from, r.Seen)
		}
	}
}

// A client says so in every message.
func TestClientMode(t *testing.T) {
	l := newLab(t, func(c *engine.Config) { c.Client = true })
	l.join(1)
	l.packet(addr(1), wire.Message{Kind: wire.Ping, ID: id(1)})
	for _, s := range l.sent {
		if !s.m.Client {
			t.Errorf("a %v does not say that we are a client", s.m.Kind)
		}
	}
}

// A loopback address in a list stands for the host the list came from.
func TestLoopbackInListIsTheSendersHost(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	beside := netip.AddrPortFrom(p.addr.Addr(), 4999)
	l.peers[netip.MustParseAddrPort("127.0.0.1:4999")] = &peer{l: l, id: id(5), addr: netip.MustParseAddrPort("127.0.0.1:4999")}
	l.lookup(wire.Query{})
	l.run(time.Second)
	if len(l.requests(beside, wire.Get)) == 0 {
		t.Error("the node beside the one that named it was not asked")
	}
}
