// SPDX-License-Identifier: GPL-3.0-or-later

package discovery

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"bellwire/internal/netx"
)

// port is the UDP port of local discovery.
const port = 8888

// hops is how many networks a datagram may cross: none but the first.
const hops = 1

// groups are the multicast groups, both local to an organisation.
func groups() [2]*net.UDPAddr {
	return [2]*net.UDPAddr{
		{IP: net.IPv4(239, 192, 0, 1), Port: port},
		{IP: net.ParseIP("ff08::101"), Port: port},
	}
}

// multicast is the real network: for each address family a socket that hears the group and one that
// speaks, from a port of its own so that answers come to us and not to another program on this host.
type multicast struct {
	net      netx.Net
	families []family
}

// openMulticast joins the groups of local discovery on all interfaces that are up. It fails only when neither
// address family can be used.
func openMulticast(n netx.Net) (Medium, error) {
	if n == nil {
		host, err := netx.Host()
		if err != nil {
			return nil, err
		}
		n = host
	}
	m := &multicast{net: n}
	var failures []error
	for _, group := range groups() {
		f, err := openFamily(n, group)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		m.families = append(m.families, f)
	}
	if len(m.families) == 0 {
		return nil, fmt.Errorf("find nodes on the local network: %w", errors.Join(failures...))
	}
	return m, nil
}

func (m *multicast) Conns() (all []net.PacketConn) {
	for _, f := range m.families {
		all = append(all, f.ear, f.mouth)
	}
	return all
}

func (m *multicast) Shout(b []byte) error {
	links, err := multicastLinks()
	if err != nil {
		return err
	}
	var failures []error
	for _, f := range m.families {
		for _, link := range links {
			if err := f.shout(b, &link); err != nil {
				failures = append(failures, fmt.Errorf("on %s: %w", link.Name, err))
			}
		}
	}
	return errors.Join(failures...)
}

func (m *multicast) Tell(to netip.AddrPort, b []byte) error {
	for _, f := range m.families {
		if (f.group.IP.To4() != nil) == to.Addr().Is4() {
			_, err := f.mouth.WriteTo(b, net.UDPAddrFromAddrPort(to))
			return err
		}
	}
	return fmt.Errorf("no socket for the address %s", to)
}

func (m *multicast) Rejoin() error {
	links, err := multicastLinks()
	if err != nil {
		return err
	}
	for _, f := range m.families {
		f.join(links)
	}
	return nil
}

func (m *multicast) Close() error {
	var failures []error
	for _, f := range m.families {
		failures = append(failures, f.ear.Close(), f.mouth.Close())
	}
	return errors.Join(failures...)
}

// multicastLinks returns the interfaces that are up and can do multicast.
func multicastLinks() ([]net.Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list the network interfaces: %w", err)
	}
	var links []net.Interface
	for _, link := range all {
		if link.Flags&net.FlagUp != 0 && link.Flags&net.FlagMulticast != 0 {
			links = append(links, link)
		}
	}
	return links, nil
}
