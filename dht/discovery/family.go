// SPDX-License-Identifier: GPL-3.0-or-later

package discovery

import (
	"errors"
	"fmt"
	"net"

	"bellwire/internal/netx"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// family is one address family of the real network.
type family struct {
	group *net.UDPAddr
	ear   net.PacketConn // bound to the group
	mouth net.PacketConn
	// joinOne joins the group on an interface, which fails where that was done before.
	joinOne func(*net.Interface) error
	shout   func(b []byte, link *net.Interface) error
}

func openFamily(n netx.Net, group *net.UDPAddr) (family, error) {
	f := family{group: group}
	links, err := multicastLinks()
	if err != nil {
		return f, err
	}
	if f.ear, err = hear(links, group); err != nil {
		return f, err
	}
	if group.IP.To4() != nil {
		err = f.openIPv4(n)
	} else {
		err = f.openIPv6(n)
	}
	if err != nil {
		f.ear.Close()
		return f, err
	}
	f.join(links)
	return f, nil
}

// hear opens the socket on the first interface that lets it.
func hear(links []net.Interface, group *net.UDPAddr) (net.PacketConn, error) {
	err := fmt.Errorf("no interface can do multicast")
	for _, link := range links {
		var conn *net.UDPConn
		if conn, err = netx.ListenMulticast(&link, group); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// openIPv4 and openIPv6 open the socket that speaks. Control messages are types of their own in the two
// families.
func (f *family) openIPv4(n netx.Net) error {
	mouth, err := n.ListenUDP("udp4", nil)
	if err != nil {
		return fmt.Errorf("open a socket to ask for nodes: %w", err)
	}
	ear, out := ipv4.NewPacketConn(f.ear), ipv4.NewPacketConn(mouth)
	f.mouth = mouth
	f.joinOne = func(link *net.Interface) error { return ear.JoinGroup(link, f.group) }
	f.shout = func(b []byte, link *net.Interface) error {
		_, err := out.WriteTo(b, &ipv4.ControlMessage{IfIndex: link.Index}, f.group)
		return err
	}
	return f.prepare(out.SetMulticastTTL, out)
}

func (f *family) openIPv6(n netx.Net) error {
	mouth, err := n.ListenUDP("udp6", nil)
	if err != nil {
		return fmt.Errorf("open a socket to ask for nodes: %w", err)
	}
	ear, out := ipv6.NewPacketConn(f.ear), ipv6.NewPacketConn(mouth)
	f.mouth = mouth
	f.joinOne = func(link *net.Interface) error { return ear.JoinGroup(link, f.group) }
	f.shout = func(b []byte, link *net.Interface) error {
		_, err := out.WriteTo(b, &ipv6.ControlMessage{IfIndex: link.Index}, f.group)
		return err
	}
	return f.prepare(out.SetMulticastHopLimit, out)
}

// prepare bounds how far the socket that speaks is heard, and lets other programs of this host hear it.
// After an error the socket is closed.
func (f *family) prepare(setHops func(int) error, out interface{ SetMulticastLoopback(bool) error }) error {
	if err := errors.Join(setHops(hops), out.SetMulticastLoopback(true)); err != nil {
		f.mouth.Close()
		return fmt.Errorf("prepare the socket that asks for nodes: %w", err)
	}
	return nil
}

// join joins the group on all interfaces. Those joined before and those without an address of the family
// refuse, which is no concern.
func (f *family) join(links []net.Interface) {
	for _, link := range links {
		_ = f.joinOne(&link)
	}
}
