// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package netns

import (
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/lab/wait"
)

func TestTwoNamespacesTalkOverTheirWire(t *testing.T) {
	leak.Check(t)
	a, b := New(t), New(t)
	Connect(t, "eth0", a, netip.MustParsePrefix("10.77.0.1/24"), b, netip.MustParsePrefix("10.77.0.2/24"))

	server, err := b.ListenPacket("udp4", "10.77.0.2:4222")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client, err := a.ListenPacket("udp4", "10.77.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.WriteTo([]byte("hello"), server.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	server.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, from, err := server.ReadFrom(buf)
	if err != nil || string(buf[:n]) != "hello" || from.String() != client.LocalAddr().String() {
		t.Fatalf("got %q from %v, %v", buf[:n], from, err)
	}
}

func TestAProgramStartedInsideSeesTheNamespaceOnly(t *testing.T) {
	ns := New(t)
	peerNS := New(t)
	Connect(t, "inner7", ns, netip.MustParsePrefix("10.77.1.1/24"), peerNS, netip.MustParsePrefix("10.77.1.2/24"))
	var out strings.Builder
	cmd := exec.Command("cat", "/proc/self/net/dev")
	cmd.Stdout = &out
	if err := ns.Do(cmd.Run); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "inner7") {
		t.Errorf("the program does not see the interface of its namespace:\n%s", out.String())
	}
}

func TestMeterCountsWholePacketsForBothPorts(t *testing.T) {
	leak.Check(t)
	ns := New(t)
	meter := ns.NewMeter(t, "lo")
	for network, addr := range map[string]string{"udp4": "127.0.0.1", "udp6": "::1"} {
		a, b := listenOn(t, ns, network, netip.MustParseAddr(addr)), listenOn(t, ns, network, netip.MustParseAddr(addr))
		if _, err := a.WriteTo(make([]byte, 1000), b.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		want := Traffic{Packets: 1, Bytes: 1028}
		if network == "udp6" {
			want.Bytes = 1048
		}
		for _, conn := range []net.PacketConn{a, b} {
			port := uint16(conn.LocalAddr().(*net.UDPAddr).Port)
			wait.For(t, 5*time.Second, fmt.Sprintf("%v on %s port %d", want, network, port), func() bool {
				return meter.Totals()[port] == want
			})
		}
	}
}

func TestParseUDPRejectsWhatIsShortOrNotUDP(t *testing.T) {
	for _, p := range [][]byte{nil, {0x45}, make([]byte, 28), append([]byte{0x46}, make([]byte, 19)...), append([]byte{0x60}, make([]byte, 39)...)} {
		if _, _, _, ok := parseUDP(p); ok {
			t.Errorf("%x is taken for UDP", p)
		}
	}
}

func TestTheEndsOfAStarReachOneAnotherThroughItsHub(t *testing.T) {
	leak.Check(t)
	star := NewStar(t, 2, 1)
	for _, tt := range []struct {
		network    string
		from, to   netip.Addr
		fromNS, at *Namespace
	}{
		{"udp4", EndAddr(0), EndAddr(1), star.Ends[0], star.Ends[1]},
		{"udp6", EndAddr6(0), EndAddr6(1), star.Ends[0], star.Ends[1]},
		{"udp4", EndAddr(1), HubAddr(0), star.Ends[1], star.Hub},
		{"udp6", EndAddr6(1), HubAddr6(0), star.Ends[1], star.Hub},
	} {
		server := listenOn(t, tt.at, tt.network, tt.to)
		client := listenOn(t, tt.fromNS, tt.network, tt.from)
		if _, err := client.WriteTo([]byte("x"), server.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		server.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, from, err := server.ReadFrom(make([]byte, 10)); err != nil || from.String() != client.LocalAddr().String() {
			t.Errorf("%v to %v: got a packet from %v, %v", tt.from, tt.to, from, err)
		}
	}
}

func listenOn(t *testing.T, ns *Namespace, network string, addr netip.Addr) net.PacketConn {
	t.Helper()
	conn, err := ns.ListenPacket(network, netip.AddrPortFrom(addr, 0).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestAStarOfOneFamilyHasNoAddressOfTheOther(t *testing.T) {
	for family, want := range map[Family]netip.Addr{IPv4: EndAddr(0), IPv6: EndAddr6(0)} {
		star := NewStar(t, 1, 1, family)
		for _, addr := range addresses(t, star.Ends[0], "end0") {
			if addr != want && (family == IPv4 || !addr.IsLinkLocalUnicast()) {
				t.Errorf("family %d: the end has the address %v", family, addr)
			}
		}
	}
}

func addresses(t *testing.T, ns *Namespace, name string) (all []netip.Addr) {
	t.Helper()
	err := ns.Do(func() error {
		ifi, err := net.InterfaceByName(name)
		if err != nil {
			return err
		}
		addrs, err := ifi.Addrs()
		for _, a := range addrs {
			all = append(all, netip.MustParsePrefix(a.String()).Addr())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAHubThatDoesNotForwardKeepsItsEndsApart(t *testing.T) {
	star := NewStar(t, 2, 1)
	star.Hub.Forward(t, false)
	for network, end := range map[string]netip.Addr{"udp4": EndAddr(1), "udp6": EndAddr6(1)} {
		hub := HubAddr(0)
		if network == "udp6" {
			hub = HubAddr6(0)
		}
		near, far := listenOn(t, star.Hub, network, hub), listenOn(t, star.Ends[1], network, end)
		client, err := star.Ends[0].ListenPacket(network, ":0")
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		for server, want := range map[net.PacketConn]bool{near: true, far: false} {
			client.WriteTo([]byte("x"), server.LocalAddr()) // may be told that nobody is there
			server.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
			if _, _, err := server.ReadFrom(make([]byte, 10)); (err == nil) != want {
				t.Errorf("%v reached: %v, want %v", server.LocalAddr(), err == nil, want)
			}
		}
	}
}
