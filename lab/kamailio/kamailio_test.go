// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package kamailio_test

import (
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/lab/baresip"
	"bellwire/lab/ca"
	"bellwire/lab/kamailio"
	"bellwire/lab/linphone"
	"bellwire/lab/netns"
)

const limit = 10 * time.Second

// TestAProxyForksToTwoRealPhones is the check of the harness: two phones of one user ring, one answers,
// the other is told to stop, and sound goes between the two that talk.
func TestAProxyForksToTwoRealPhones(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 4, 0)
	proxy := kamailio.Start(t, kamailio.Config{In: star.Ends[0], Addr: netns.EndAddr(0)})
	start := func(end int, user string, tone float64) *baresip.Phone {
		p := baresip.Start(t, baresip.Config{In: star.Ends[end], User: user, Password: kamailio.PasswordOf(user), Server: proxy.Addr(), Tone: tone})
		p.AwaitRegistered(t, limit)
		return p
	}
	desk, mobile, caller := start(1, "1001", 440), start(2, "1001", 620), start(3, "1002", 770)

	atDesk, atMobile, atCaller := desk.Now(), mobile.Now(), caller.Now()
	caller.Dial(t, "1001")
	desk.Await(t, atDesk, limit, baresip.Incoming)
	mobile.Await(t, atMobile, limit, baresip.Incoming)
	mobile.Accept(t)
	caller.Await(t, atCaller, limit, baresip.Established)
	desk.Await(t, atDesk, limit, baresip.Closed)
	mobile.Heard(t).Await(t, limit, 770)
	caller.Heard(t).Await(t, limit, 620)
	caller.HangUp(t)
	mobile.Await(t, atMobile, limit, baresip.Closed)
	if share := caller.Heard(t).Share(t, 440); share > 0.1 {
		t.Errorf("the caller hears the phone that did not answer: %.2f", share)
	}
}

// TestAProxyTakesSHA256OverTLS registers a phone that verifies the certificate, before and after the proxy
// was started anew.
func TestAProxyTakesSHA256OverTLS(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 0)
	authority := ca.New(t)
	pair := authority.Issue(t, ca.Good, []string{"proxy.test"})
	proxy := kamailio.Start(t, kamailio.Config{
		In: star.Ends[0], Addr: netns.EndAddr(0), Certificate: &pair, Algorithm: "SHA-256", ServiceRoute: true,
	})
	for _, user := range []string{"1001", "1002"} {
		linphone.Start(t, linphone.Config{
			In: star.Ends[1], User: user, Password: kamailio.PasswordOf(user),
			Server: proxy.AddrTLS(), Transport: "tls", Name: "proxy.test", CA: authority.File,
		}).Register(t, limit)
		proxy.Kill()
		proxy.Restart(t)
	}
}
