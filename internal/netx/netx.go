// SPDX-License-Identifier: GPL-3.0-or-later

// Package netx is the one place where sockets are made. Everything above takes a Net, so that the
// whole stack runs on the host's network in production and on a virtual one (pion's vnet) in tests.
package netx

import (
	"fmt"
	"net"

	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
)

// Net makes sockets and lists interfaces. The host's network and pion's vnet both have its shape.
type Net = transport.Net

// Host returns the network of this machine as it is now; its list of interfaces does not follow
// later changes, so ask again after a change of address.
func Host() (Net, error) {
	n, err := stdnet.NewNet()
	if err != nil {
		return nil, fmt.Errorf("list the network interfaces of this machine: %w", err)
	}
	return n, nil
}

// ListenMulticast joins a UDP multicast group on one interface and returns the socket that
// receives from it. A nil interface lets the system choose.
func ListenMulticast(ifi *net.Interface, group *net.UDPAddr) (*net.UDPConn, error) {
	network := "udp4"
	if group.IP.To4() == nil {
		network = "udp6"
	}
	conn, err := net.ListenMulticastUDP(network, ifi, group)
	if err != nil {
		return nil, fmt.Errorf("join the multicast group %s: %w", group, err)
	}
	return conn, nil
}
