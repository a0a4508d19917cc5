// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"bellwire/internal/leak"
	"bellwire/internal/netx"
	"bellwire/link/linktest"
	"bellwire/sip/locate/dnstest"
)

// onLoopback starts a name server and a resolver that asks it alone.
func onLoopback(t *testing.T) (*dnstest.Server, DNS) {
	t.Helper()
	leak.Check(t)
	n, err := netx.Host()
	if err != nil {
		t.Fatal(err)
	}
	s := dnstest.Start(t, n, "127.0.0.1")
	return s, DNS{Net: n, Servers: []netip.AddrPort{s.Addr()}, System: s.Resolver()}
}

func TestRecordsAreRead(t *testing.T) {
	s, d := onLoopback(t)
	s.Add("pbx.example", 300, dnstest.NAPTR(10, 20, "s", "SIPS+D2T", "_sips._tcp.PBX.example"), dnstest.NAPTR(20, 30, "", "", "."))
	s.Add("_sips._tcp.pbx.example", 100, dnstest.SRV(1, 2, 5061, "A.pbx.example"), dnstest.SRV(3, 4, 5062, "."))
	s.Add("a.pbx.example", 50, dnstest.Addr("192.0.2.1"), dnstest.Addr("2001:db8::1"))

	naptr, life, err := d.NAPTR(t.Context(), "pbx.example")
	want := []NAPTR{{10, 20, "s", "SIPS+D2T", "_sips._tcp.pbx.example"}, {20, 30, "", "", ""}}
	if err != nil || !slices.Equal(naptr, want) || life != 300*time.Second {
		t.Errorf("NAPTR: %v for %v, %v", naptr, life, err)
	}
	srv, life, err := d.SRV(t.Context(), "_sips._tcp.pbx.example")
	if err != nil || !slices.Equal(srv, []SRV{{1, 2, 5061, "a.pbx.example"}, {3, 4, 5062, ""}}) || life != 100*time.Second {
		t.Errorf("SRV: %v for %v, %v", srv, life, err)
	}
	addrs, life, err := d.Addrs(t.Context(), "a.pbx.example")
	slices.SortFunc(addrs, netip.Addr.Compare)
	if err != nil || fmt.Sprint(addrs) != "[192.0.2.1 2001:db8::1]" || life != addrLife {
		t.Errorf("addresses: %v for %v, %v", addrs, life, err)
	}
}

func TestNothingIsNoError(t *testing.T) {
	s, d := onLoopback(t)
	s.Add("a.example", 300, dnstest.Addr("192.0.2.1"))
	s.Add("alias.example", 300, dnstest.CNAME("a.example"))
	s.Add("dangling.example", 300, dnstest.CNAME("nothing.example"))
	for _, name := range []string{"a.example", "nothing.example", "alias.example", "dangling.example"} {
		naptr, life, err := d.NAPTR(t.Context(), name)
		if err != nil || len(naptr) != 0 || life != time.Minute {
			t.Errorf("%s: %v for %v, %v", name, naptr, life, err)
		}
	}
	if n := s.Asked(dnstest.TypeNAPTR); n != 4 {
		t.Errorf("asked %d times for 4 names", n)
	}
	if addrs, _, err := d.Addrs(t.Context(), "nothing.example"); err != nil || len(addrs) != 0 {
		t.Errorf("addresses: %v, %v", addrs, err)
	}
}

func TestLocatorOverTheDNS(t *testing.T) {
	s, d := onLoopback(t)
	s.Add("pbx.example", 300, dnstest.NAPTR(10, 20, "s", "SIPS+D2T", "_sips._tcp.pbx.example"))
	s.Add("_sips._tcp.pbx.example", 300, dnstest.SRV(2, 0, 5062, "b.pbx.example"), dnstest.SRV(1, 0, 5061, "a.pbx.example"))
	s.Add("a.pbx.example", 300, dnstest.Addr("192.0.2.1"))
	s.Add("b.pbx.example", 300, dnstest.Addr("192.0.2.2"))
	l := New(Config{Resolver: d})
	const want = "tls/192.0.2.1:5061 tls/192.0.2.2:5062"
	if got := locate(t, l, Query{Host: "pbx.example"}); got != want {
		t.Error(got)
	}
	s.Be(dnstest.Trouble{Code: dnsmessage.RCodeServerFailure})
	if got := locate(t, l, Query{Host: "pbx.example"}); got != want {
		t.Error(got)
	}
	if _, err := New(Config{Resolver: d}).Locate(t.Context(), Query{Host: "pbx.example"}); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
}

func TestAliases(t *testing.T) {
	for _, open := range []bool{false, true} {
		t.Run(fmt.Sprint("left open ", open), func(t *testing.T) {
			s, d := onLoopback(t)
			s.Be(dnstest.Trouble{LeaveOpen: open})
			s.Add("_sip._udp.a.example", 90, dnstest.CNAME("b.example"))
			s.Add("b.example", 60, dnstest.CNAME("_sip._udp.c.example"))
			s.Add("_sip._udp.c.example", 300, dnstest.SRV(0, 0, 5060, "c.example"))
			srv, life, err := d.SRV(t.Context(), "_sip._udp.a.example")
			if err != nil || !slices.Equal(srv, []SRV{{0, 0, 5060, "c.example"}}) || life != time.Minute {
				t.Errorf("%v for %v, %v", srv, life, err)
			}
			s.Add("x.example", 300, dnstest.CNAME("y.example"))
			s.Add("y.example", 300, dnstest.CNAME("x.example"))
			if _, _, err := d.SRV(t.Context(), "x.example"); !errors.Is(err, errAliases) {
				t.Errorf("in a circle: %v", err)
			}
		})
	}
}

func TestLongAnswersComeOverTCP(t *testing.T) {
	s, d := onLoopback(t)
	for i := range maxKept + 10 {
		s.Add("_sip._tcp.pbx.example", 300, dnstest.SRV(uint16(i), 0, 5060, fmt.Sprintf("host%d.pbx.example", i)))
	}
	s.Be(dnstest.Trouble{CutShort: true})
	srv, _, err := d.SRV(t.Context(), "_sip._tcp.pbx.example")
	if err != nil || len(srv) != maxKept || s.Asked(dnsmessage.TypeSRV) != 2 {
		t.Errorf("%d records, %v", len(srv), err)
	}
}

func TestServersThatRefuse(t *testing.T) {
	first, d := onLoopback(t)
	second := dnstest.Start(t, d.Net, "127.0.0.1")
	d.Servers = append(d.Servers, second.Addr())
	second.Add("_sip._udp.pbx.example", 300, dnstest.SRV(0, 0, 5060, "a.example"))
	ask := func() error {
		srv, _, err := d.SRV(t.Context(), "_sip._udp.pbx.example")
		if err == nil && len(srv) != 1 {
			t.Errorf("%d records", len(srv))
		}
		return err
	}
	first.Be(dnstest.Trouble{Code: dnsmessage.RCodeRefused})
	if err := ask(); err != nil {
		t.Errorf("with one that refuses: %v", err)
	}
	second.Be(dnstest.Trouble{NoEDNS: true})
	if err := ask(); err != nil {
		t.Errorf("with one that knows no EDNS: %v", err)
	}
	second.Be(dnstest.Trouble{Code: dnsmessage.RCodeServerFailure})
	if err := ask(); err == nil || !strings.Contains(err.Error(), "ServerFailure") {
		t.Errorf("with none that answers: %v", err)
	}
	if _, _, err := d.SRV(t.Context(), "no name"); !errors.Is(err, ErrInvalid) {
		t.Errorf("with a bad name: %v", err)
	}
}

// A server that says nothing costs a second, and all of them together what the rounds allow.
func TestSilentServers(t *testing.T) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		lan := &linktest.LAN{Delay: time.Millisecond}
		lan.Start(t)
		phone, host := lan.Host(t, "10.0.0.1"), lan.Host(t, "10.0.0.2")
		lan.Up(t)
		mute, good := dnstest.Start(t, host, "10.0.0.2"), dnstest.Start(t, host, "10.0.0.2")
		mute.Be(dnstest.Trouble{Silent: true})
		good.Add("_sip._udp.pbx.example", 300, dnstest.SRV(0, 0, 5060, "a.example"))
		d := DNS{Net: phone, Servers: []netip.AddrPort{mute.Addr(), good.Addr()}}

		start := time.Now()
		if srv, _, err := d.SRV(t.Context(), "_sip._udp.pbx.example"); err != nil || len(srv) != 1 {
			t.Errorf("%v, %v", srv, err)
		}
		if took := time.Since(start).Round(10 * time.Millisecond); took != firstWait {
			t.Errorf("the second server answered after %v", took)
		}
		good.Be(dnstest.Trouble{Silent: true})
		start = time.Now()
		if _, _, err := d.SRV(t.Context(), "_sip._udp.pbx.example"); err == nil {
			t.Error("an answer out of nothing")
		}
		if took := time.Since(start).Round(10 * time.Millisecond); took != 2*(firstWait+secondWait) {
			t.Errorf("given up after %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start = time.Now()
		if _, _, err := d.SRV(ctx, "_sip._udp.pbx.example"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 200*time.Millisecond {
			t.Errorf("cancelled: %v after %v", err, time.Since(start))
		}
	})
}

func TestResolvConf(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"# nothing\n", "[127.0.0.1:53]"},
		{"domain x\nnameserver 192.0.2.1\n nameserver\tfe80::1%eth0 # here\nnameserver\nnameserver x\n;nameserver 192.0.2.9\noptions timeout:1", "[192.0.2.1:53 [fe80::1%eth0]:53]"},
		{strings.Repeat("nameserver 192.0.2.1\n", 9), "[192.0.2.1:53 192.0.2.1:53 192.0.2.1:53]"},
	} {
		if got := fmt.Sprint(parseConf(tt.text)); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.text, got, tt.want)
		}
	}
	if _, err := os.Stat(resolvConf); err == nil && len(systemServers()) == 0 {
		t.Error("the system has name servers, and none were found")
	}
}
