// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	pion "github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/stun/v4"
	"github.com/pion/transport/v5/vnet"
)

func host(addr string) Candidate {
	return Candidate{Type: Host, Addr: netip.MustParseAddrPort(addr)}
}

func TestTargets(t *testing.T) {
	around := Surroundings{broadcasts: broadcastsOf(netip.MustParsePrefix("192.168.7.5/24"))}
	for addr, want := range map[string]bool{
		"192.168.7.9:5000":              true,
		"198.51.100.1:5000":             true,
		"[2001:db8::1]:5000":            true,
		"[fd77::1]:5000":                true,
		"[::ffff:198.51.100.1]:5000":    true,
		"192.168.7.9:0":                 false,
		"192.168.7.9:25":                false, // no end of ICE is there
		"192.168.7.9:1023":              false,
		"192.168.7.9:1024":              true,
		"192.168.7.255:5000":            false, // all of the network
		"192.168.7.0:5000":              false, // the same, long ago
		"255.255.255.255:5000":          false,
		"[::ffff:255.255.255.255]:5000": false,
		"[::ffff:0.0.0.0]:5000":         false,
		"[::ffff:127.0.0.1]:5000":       false,
		"[::ffff:224.0.0.1]:5000":       false,
		"[::ffff:192.168.7.255]:5000":   false,
		"0.0.0.0:5000":                  false,
		"0.1.2.3:5000":                  false,
		"240.0.0.1:5000":                false,
		"224.0.0.251:5353":              false,
		"127.0.0.1:5000":                false,
		"169.254.169.254:5000":          false,
		"[::]:5000":                     false,
		"[::1]:5000":                    false,
		"[fe80::1]:5000":                false,
		"[fe80::1%eth0]:5000":           false,
		"[ff02::1]:5000":                false,
	} {
		targets := around.Targets(false)
		if got := len(targets.Choose([]Candidate{host(addr)})) == 1; got != want {
			t.Errorf("%s: %v, want %v", addr, got, want)
		}
	}
	alone := Surroundings{Loopback: true}.Targets(false)
	if len(alone.Choose([]Candidate{host("127.0.0.1:5000"), host("[::1]:5000")})) != 2 {
		t.Error("two ends on a machine without network cannot meet")
	}
	tcp := host("198.51.100.1:5000")
	tcp.TCP = true
	if len(alone.Choose([]Candidate{tcp})) != 0 {
		t.Error("a TCP candidate is sent checks over UDP")
	}
}

// An offer cannot make us search a host for ports, nor send to many hosts.
func TestTargetsAreFew(t *testing.T) {
	var scan, swarm []Candidate
	for i := range MaxCandidates {
		scan = append(scan, host(fmt.Sprintf("198.51.100.1:%d", 5000+i)))
		swarm = append(swarm, host(fmt.Sprintf("198.51.100.%d:5000", 1+i)))
	}
	targets := Surroundings{}.Targets(false)
	if n := len(targets.Choose(scan)); n != maxPorts {
		t.Errorf("%d ports of a host, want %d", n, maxPorts)
	}
	if n := len(targets.Choose(swarm)); n != maxTargets-maxPorts {
		t.Errorf("%d more hosts, want %d", n, maxTargets-maxPorts)
	}
	targets = Surroundings{}.Targets(false)
	if n := len(targets.Choose([]Candidate{host("198.51.100.1:5000"), host("[::ffff:198.51.100.1]:5000")})); n != 1 {
		t.Errorf("the same address counts %d times", n)
	}
}

func TestBroadcasts(t *testing.T) {
	for _, mask := range []net.IPMask{net.CIDRMask(24, 32), net.CIDRMask(120, 128)} {
		want := netip.MustParsePrefix("10.0.0.1/24")
		if got := prefixOf(&net.IPNet{IP: net.IPv4(10, 0, 0, 1), Mask: mask}); got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
	for prefix, want := range map[string]string{
		"10.1.2.3/22": "[10.1.0.0 10.1.3.255]", "10.1.2.3/31": "[]", "10.1.2.3/32": "[]", "fd77::1/64": "[]", "10.1.2.3/0": "[0.0.0.0 255.255.255.255]",
	} {
		if got := fmt.Sprint(broadcastsOf(netip.MustParsePrefix(prefix))); got != want {
			t.Errorf("%s: %s, want %s", prefix, got, want)
		}
	}
}

// The agent sends checks to none but its targets.
func TestAgentSendsToTargetsOnly(t *testing.T) { synctest.Test(t, testAgentTargets) }

func testAgentTargets(t *testing.T) {
	n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{"10.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	ufrag, pwd := Credentials()
	a, err := Gather(t.Context(), Config{Net: n}, Controlled, ufrag, pwd)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	a.targets = Surroundings{broadcasts: broadcastsOf(netip.MustParsePrefix("10.0.0.1/24"))}.Targets(false)
	a.AddRemote([]Candidate{host("10.0.0.255:5000"), host("127.0.0.1:5000"), host("10.0.0.2:5000")})
	synctest.Wait()
	remotes, err := a.agent.GetRemoteCandidates()
	if err != nil {
		t.Fatal(err)
	}
	if len(remotes) != 1 || remotes[0].Address() != "10.0.0.2" {
		t.Errorf("checks go to %v", remotes)
	}
}

// Addresses that show in checks, and were not offered, are few as well: whoever knows the password could
// otherwise write any number of them into its packets, and have us send checks there.
func TestLearntTargetsAreFew(t *testing.T) { synctest.Test(t, testLearntTargets) }

func testLearntTargets(t *testing.T) {
	nets := lan(t, "10.0.0.1", "10.0.0.2")
	ufrag, pwd := Credentials()
	a, err := Gather(t.Context(), Config{Net: nets[0]}, Controlled, ufrag, pwd)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	theirUfrag, theirPwd := Credentials()
	if _, err := a.Start(theirUfrag, theirPwd); err != nil {
		t.Fatal(err)
	}
	to := net.UDPAddrFromAddrPort(a.Description().Candidates[0].Addr)
	for range 300 {
		conn, err := nets[1].DialUDP("udp4", nil, to)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		m, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername(ufrag+":"+theirUfrag),
			pion.AttrControlling(1), pion.PriorityAttr(1), stun.NewShortTermIntegrity(pwd), stun.Fingerprint)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(m.Raw); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(time.Second)
	remotes, err := a.agent.GetRemoteCandidates()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(remotes); n != maxRemotes {
		t.Errorf("checks go to %d addresses, want %d", n, maxRemotes)
	}
}

// lan is a virtual network of hosts with one address each.
func lan(t *testing.T, addresses ...string) (nets []*vnet.Net) {
	t.Helper()
	router, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.0.0.0/24", QueueSize: 4096, LoggerFactory: logging.NewDefaultLoggerFactory()})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{address}})
		if err != nil {
			t.Fatal(err)
		}
		if err := router.AddNet(n); err != nil {
			t.Fatal(err)
		}
		nets = append(nets, n)
	}
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = router.Stop() })
	return nets
}
