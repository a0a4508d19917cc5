// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package discovery_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"bellwire/dht/discovery"
	"bellwire/dht/wire"
	"bellwire/internal/leak"
	"bellwire/internal/netx"
	"bellwire/internal/peer"
	"bellwire/lab/netns"
	"bellwire/lab/proc"

	"github.com/vishvananda/netlink"
)

// TestRealNodeAndOursFindOneAnother puts dhtnode and our discovery on the two ends of a wire.
func TestRealNodeAndOursFindOneAnother(t *testing.T) {
	leak.Check(t)
	program := peer.Need(t, "dhtnode")
	for _, c := range []struct{ name, ours, theirs string }{
		{"IPv4", "10.77.1.1/24", "10.77.1.2/24"},
		{"IPv6", "fd77:1::1/64", "fd77:1::2/64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			here, there := netns.New(t), netns.New(t)
			ours, theirs := netip.MustParsePrefix(c.ours), netip.MustParsePrefix(c.theirs)
			netns.Connect(t, "wire", here, ours, there, theirs)

			node, err := here.ListenPacket("udp", netip.AddrPortFrom(ours.Addr(), 4333).String())
			if err != nil {
				t.Fatal(err)
			}
			defer node.Close()
			d := startInside(t, here, 4333)
			routeMulticast(t, there, ours.Addr())
			proc.Start(t, proc.Spec{Path: program, Args: []string{"-D", "-n", "9", "-p", "4444"}, Dir: t.TempDir(), In: there})

			pinged := make(chan error, 1)
			go func() { pinged <- awaitPing(node) }()
			deadline := time.After(20 * time.Second)
			// Again and again, since an IPv6 address is of no use in its first second.
			again := time.NewTicker(500 * time.Millisecond)
			defer again.Stop()
			for found, heard := false, false; !found || !heard; {
				select {
				case n := <-d.Nodes():
					if n.Addr.Port() == 4444 {
						found = true
					}
				case err := <-pinged:
					if err != nil {
						t.Fatalf("the real node does not ping ours: %v", err)
					}
					heard, pinged = true, nil
				case <-again.C:
					if err := here.Do(func() error { d.Refresh(); return nil }); err != nil {
						t.Fatal(err)
					}
				case <-deadline:
					t.Fatalf("we found the real node: %v; it found us: %v", found, heard)
				}
			}
		})
	}
}

func startInside(t *testing.T, ns *netns.Namespace, port uint16) (d *discovery.Discovery) {
	t.Helper()
	err := ns.Do(func() error {
		host, err := netx.Host()
		if err != nil {
			return err
		}
		d, err = discovery.Start(discovery.Config{ID: wire.KeyOf([]byte("ours")), Port: port, Network: 9, Net: host})
		return err
	})
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

// routeMulticast gives a namespace a default route: dhtnode joins the IPv4 group on its interface.
func routeMulticast(t *testing.T, ns *netns.Namespace, gateway netip.Addr) {
	t.Helper()
	err := ns.Do(func() error { return netlink.RouteAdd(&netlink.Route{Gw: gateway.AsSlice()}) })
	if err != nil {
		t.Fatalf("add a default route: %v", err)
	}
}

// awaitPing reads until a DHT request comes.
func awaitPing(conn net.PacketConn) error {
	if err := conn.SetReadDeadline(time.Now().Add(15 * time.Second)); err != nil {
		return err
	}
	buf := make([]byte, 1500)
	for {
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			return err
		}
		if m, err := wire.Parse(buf[:n]); err == nil && m.Kind.IsRequest() && m.Network == 9 {
			return nil
		}
	}
}
