// SPDX-License-Identifier: GPL-3.0-or-later

package ice_test

import (
	"net/netip"
	"testing"

	"bellwire/link/ice"
)

func TestCandidateInSDP(t *testing.T) {
	v4, v6 := netip.MustParseAddrPort("203.0.113.9:4000"), netip.MustParseAddrPort("[2001:db8::9]:4000")
	for want, c := range map[string]struct {
		ice.Candidate
		component int
	}{
		"Ha4d000b 1 UDP 2130706431 10.77.0.11 39063 typ host": {ice.Candidate{
			Foundation: "Ha4d000b", Priority: 2130706431, Addr: netip.MustParseAddrPort("10.77.0.11:39063"), Type: ice.Host}, 1},
		"Ha4d000b 2 UDP 2130706430 10.77.0.11 43773 typ host": {ice.Candidate{
			Foundation: "Ha4d000b", Priority: 2130706431, Addr: netip.MustParseAddrPort("10.77.0.11:43773"), Type: ice.Host}, 2},
		"S1 2 UDP 6 203.0.113.9 4000 typ srflx raddr 10.0.0.1 rport 9000": {ice.Candidate{
			Foundation: "S1", Priority: 7, Addr: v4, Type: ice.ServerReflexive, Related: netip.MustParseAddrPort("10.0.0.1:9000")}, 2},
		"R1 1 UDP 7 203.0.113.9 4000 typ relay raddr 0.0.0.0 rport 9": {ice.Candidate{
			Foundation: "R1", Priority: 7, Addr: v4, Type: ice.Relay}, 1},
		"R1 1 UDP 7 2001:db8::9 4000 typ relay raddr :: rport 9": {ice.Candidate{
			Foundation: "R1", Priority: 7, Addr: v6, Type: ice.Relay, Related: netip.MustParseAddrPort("10.0.0.1:9000")}, 1},
	} {
		got := c.SDP(c.component)
		if got != want {
			t.Errorf("written %q, want %q", got, want)
		}
		back, component, ok := ice.ParseSDP(got)
		c.Related = netip.AddrPort{}
		c.Priority -= uint32(component - 1)
		if !ok || component != c.component || back != c.Candidate {
			t.Errorf("%q is read as component %d %+v, %v", got, component, back, ok)
		}
	}
}

func TestCandidateOfSDPThatIsNone(t *testing.T) {
	for _, value := range []string{
		"", "1", "1 1 UDP 5 10.0.0.1 5 typ", "1 x UDP 5 10.0.0.1 5 typ host", "1 -1 UDP 5 10.0.0.1 5 typ host",
		"1 1 SCTP 5 10.0.0.1 5 typ host", "1 1 UDP 5 peer.local 5 typ host", "1 1 UDP 5 10.0.0.1 0 typ host",
		"1 1 UDP 99999999999 10.0.0.1 5 typ host", "1 1 TCP 5 10.0.0.1 5 typ host", "1 1 UDP 5 fe80::1%eth0 5 typ host",
		"1 1 UDP 5 10.0.0.1 5 typ host " + string(make([]byte, 600)),
	} {
		if c, _, ok := ice.ParseSDP(value); ok {
			t.Errorf("%q was read as %+v", value, c)
		}
	}
}

func FuzzParseSDP(f *testing.F) {
	for _, seed := range []string{
		"Ha4d000b 1 UDP 2130706431 10.77.0.11 39063 typ host",
		"Hf6ba7425 2 UDP 2130706430 fd77::11 33212 typ host",
		"Sa4d000b 2 UDP 1694498302 10.77.0.11 21550 typ srflx",
		"1 1 udp 41885439 198.51.100.7 51000 typ relay raddr 203.0.113.9 rport 4000 generation 0",
		"2 1 tcp 1518280447 10.0.0.1 9 typ host tcptype active",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		c, component, ok := ice.ParseSDP(value)
		if !ok || component == 0 || c.TCP {
			return
		}
		c.Priority += uint32(component - 1)
		if again, same, ok := ice.ParseSDP(c.SDP(component)); !ok || same != component || again.Addr != c.Addr || again.Type != c.Type {
			t.Errorf("%q comes back as component %d %+v, %v", value, same, again, ok)
		}
	})
}
