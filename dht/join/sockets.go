// SPDX-License-Identifier: GPL-3.0-or-later

package join

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"syscall"

	"bellwire/internal/netx"
)

// ErrListen is wrapped when a socket cannot be opened.
var ErrListen = errors.New("the DHT cannot listen")

// listen opens a socket for each address, at most one of each family. A family this machine does not
// have is left out as long as another one works.
func listen(network netx.Net, addrs []netip.AddrPort, log *slog.Logger) (conns []net.PacketConn, err error) {
	defer func() {
		if err != nil {
			for _, c := range conns {
				c.Close()
			}
			conns = nil
		}
	}()
	var missing error
	families := map[string]bool{}
	for _, addr := range addrs {
		family := "udp4"
		if addr.Addr().Is6() {
			family = "udp6"
		}
		if families[family] {
			return conns, fmt.Errorf("%w on %s: there is an address of this family already", ErrListen, addr)
		}
		families[family] = true
		conn, err := listenAlike(network, family, addr, conns)
		switch {
		case err == nil:
			conns = append(conns, conn)
		case absent(err) && addr.Addr().IsUnspecified():
			missing = fmt.Errorf("%w on %s: this machine does not have this family: %w", ErrListen, addr, err)
			log.Info("an address family is missing on this machine", "listen", addr)
		case errors.Is(err, syscall.EADDRINUSE):
			return conns, fmt.Errorf("%w on %s: the port is in use by another program; choose another one in dht.listen", ErrListen, addr)
		default:
			return conns, fmt.Errorf("%w on %s: %w", ErrListen, addr, err)
		}
	}
	switch {
	case len(conns) > 0:
		return conns, nil
	case missing != nil:
		return nil, missing
	}
	return nil, fmt.Errorf("%w: dht.listen names no address", ErrListen)
}

// listenAlike opens one socket. Where any port will do, that of the other family is tried first: local
// discovery announces one port for both.
func listenAlike(network netx.Net, family string, addr netip.AddrPort, others []net.PacketConn) (net.PacketConn, error) {
	if addr.Port() == 0 && len(others) > 0 {
		if other, ok := others[0].LocalAddr().(*net.UDPAddr); ok {
			alike := netip.AddrPortFrom(addr.Addr(), other.AddrPort().Port())
			if conn, err := network.ListenUDP(family, net.UDPAddrFromAddrPort(alike)); err == nil {
				return conn, nil
			}
		}
	}
	return network.ListenUDP(family, net.UDPAddrFromAddrPort(addr))
}

// absent reports that the machine lacks an address family.
func absent(err error) bool {
	return errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EADDRNOTAVAIL)
}
