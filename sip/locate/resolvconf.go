// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"io"
	"net/netip"
	"os"
	"strings"
)

const (
	resolvConf = "/etc/resolv.conf"
	maxConf    = 64 << 10 // bytes of it that are read
	maxServers = 3        // as in libc
)

// systemServers reads which name servers the system uses, each time: a laptop moves from network to network. Systems
// without the file have none for us.
func systemServers() []netip.AddrPort {
	f, err := os.Open(resolvConf)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConf))
	if err != nil {
		return nil
	}
	return parseConf(string(text))
}

// parseConf takes the name servers of resolv.conf(5); where it names none that is the machine itself.
func parseConf(text string) []netip.AddrPort {
	var servers []netip.AddrPort
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "nameserver" || len(servers) == maxServers {
			continue
		}
		if addr, err := netip.ParseAddr(words[1]); err == nil {
			servers = append(servers, netip.AddrPortFrom(addr, 53))
		}
	}
	if len(servers) == 0 {
		servers = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:53")}
	}
	return servers
}
