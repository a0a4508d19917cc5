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

// On a machine without network two ends meet over loopback, in either family.
func TestLoopbackWithoutNetwork(t *testing.T) {
	loopback := loopbackName(t)
	for _, family := range []string{"IPv4", "IPv6"} {
		t.Run(family, func(t *testing.T) {
			leak.Check(t)
			cfg := ice.Config{Interface: func(name string) bool { return name == loopback }}
			ufrag, pwd := ice.Credentials()
			answerUfrag, answerPwd := ice.AnswerCredentials(pwd)
			a := gather(t, cfg, ice.Controlling, ufrag, pwd)
			b := gather(t, cfg, ice.Controlled, answerUfrag, answerPwd)
			only := func(all []ice.Candidate) (some []ice.Candidate) {
				for _, c := range all {
					if c.Addr.Addr().Is6() == (family == "IPv6") {
						some = append(some, c)
					}
				}
				return some
			}
			known := only(b.Description().Candidates)
			if len(known) == 0 {
				t.Skipf("loopback has no %s address here", family)
			}
			pa := start(t, a, b)
			start(t, b, a)
			b.AddRemote(only(a.Description().Candidates))
			a.AddRemote(known)
			ready(t, pa, 5*time.Second)
			if ip := pa.RemoteAddr().(*net.UDPAddr).IP; !ip.IsLoopback() || (ip.To4() == nil) != (family == "IPv6") {
				t.Errorf("path to %v, want loopback over %s", ip, family)
			}
		})
	}
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
