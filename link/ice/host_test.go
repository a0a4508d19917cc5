// SPDX-License-Identifier: GPL-3.0-or-later

package ice_test

import (
	"net"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/internal/netx"
	"bellwire/link/ice"
)

// On a machine without network two ends meet over loopback.
func TestLoopbackWithoutNetwork(t *testing.T) {
	leak.Check(t)
	loopback := loopbackName(t)
	cfg := ice.Config{Interface: func(name string) bool { return name == loopback }}
	pa := meet(t, cfg, func(ice.Candidate) bool { return true })
	if ip := pa.RemoteAddr().(*net.UDPAddr).IP; !ip.IsLoopback() {
		t.Errorf("path to %v, want loopback", ip)
	}
}

func TestEachFamily(t *testing.T) {
	for name, is6 := range map[string]bool{"IPv4": false, "IPv6": true} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			pa := meet(t, ice.Config{}, func(c ice.Candidate) bool { return c.Addr.Addr().Is6() == is6 })
			if ip := pa.RemoteAddr().(*net.UDPAddr).IP; (ip.To4() == nil) != is6 {
				t.Errorf("path to %v, want %s", ip, name)
			}
		})
	}
}

// meet connects two ends on this machine's sockets that tell each other the candidates that match.
func meet(t *testing.T, cfg ice.Config, match func(ice.Candidate) bool) *ice.Path {
	t.Helper()
	ufrag, pwd := ice.Credentials()
	answerUfrag, answerPwd := ice.AnswerCredentials(pwd)
	a := gather(t, cfg, ice.Controlling, ufrag, pwd)
	b := gather(t, cfg, ice.Controlled, answerUfrag, answerPwd)
	some := func(of *ice.Agent) (some []ice.Candidate) {
		for _, c := range of.Description().Candidates {
			if match(c) {
				some = append(some, c)
			}
		}
		return some
	}
	if len(some(b)) == 0 {
		t.Skip("this machine has no such address")
	}
	pa := start(t, a, b)
	start(t, b, a)
	b.AddRemote(some(a))
	a.AddRemote(some(b))
	ready(t, pa, 5*time.Second)
	return pa
}

func loopbackName(t *testing.T) string {
	t.Helper()
	n, err := netx.Host()
	if err != nil {
		t.Fatal(err)
	}
	interfaces, err := n.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, ifi := range interfaces {
		if ifi.Flags&net.FlagLoopback != 0 {
			return ifi.Name
		}
	}
	t.Skip("there is no loopback interface")
	return ""
}
