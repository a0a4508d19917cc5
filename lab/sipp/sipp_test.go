// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package sipp_test

import (
	"net/netip"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/lab/asterisk"
	"bellwire/lab/baresip"
	"bellwire/lab/netns"
	"bellwire/lab/sipp"
)

const limit = 10 * time.Second

func at(end int, port uint16) netip.AddrPort { return netip.AddrPortFrom(netns.EndAddr(end), port) }

// TestScenariosAskARealPBX is the check of the runner: requests that Asterisk answers.
func TestScenariosAskARealPBX(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 0)
	pbx := asterisk.Start(t, asterisk.Config{In: star.Ends[0], Addr: netns.EndAddr(0)})
	base := sipp.Config{In: star.Ends[1], Local: at(1, 0), Remote: pbx.Addr(), User: asterisk.ToneAt}

	for _, tcp := range []bool{false, true} {
		c := base
		c.Scenario, c.TCP = sipp.Options, tcp
		sipp.Start(t, c).Wait(t)
	}
	c := base
	c.Scenario, c.Keys, c.Calls = sipp.Register, map[string]string{"expires": "60"}, 2
	for _, user := range []string{"1001", "1002"} {
		c.Users = append(c.Users, sipp.Credentials(user, asterisk.PasswordOf(user)))
	}
	r := sipp.Start(t, c)
	r.Wait(t)
	if n := r.Stat(t, "SuccessfulCall(C)"); n != 2 {
		t.Errorf("%d registrations succeeded", n)
	}
	for _, user := range []string{"1001", "1002"} {
		if uris := pbx.Registrations(t, user); len(uris) != 1 {
			t.Errorf("%s is registered at %q", user, uris)
		}
	}
	c = base
	c.Scenario, c.Remote, c.Limit = sipp.Options, at(0, 9), time.Second // nobody there
	if code := sipp.Start(t, c).Code(t); code == 0 {
		t.Error("a question to nobody is a success")
	}
}

// TestScenariosCallARealPhone shows the scenarios to a phone that does right by them.
func TestScenariosCallARealPhone(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 0)
	baresip.Start(t, baresip.Config{In: star.Ends[1], User: "1001", Server: at(0, 5060), NoRegister: true, Port: 5060, Answer: true})
	for _, name := range []string{sipp.Options, sipp.Call, sipp.LateOffer, sipp.Duplicates, sipp.OutOfOrder, sipp.Stranger} {
		t.Run(name, func(t *testing.T) {
			sipp.Start(t, sipp.Config{
				In: star.Ends[0], Local: at(0, 0), Remote: at(1, 5060), User: "1001",
				Scenario: name, Pause: 200 * time.Millisecond,
			}).Wait(t)
		})
	}
}

// TestScenariosAwaitARealPhone shows those that need a deed of the phone during the call.
func TestScenariosAwaitARealPhone(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 0)
	phone := baresip.Start(t, baresip.Config{In: star.Ends[1], User: "1001", Server: at(0, 5060), NoRegister: true, Port: 5060, Answer: true})
	for name, do := range map[string]func(testing.TB){sipp.ByeCrosses: phone.HangUp, sipp.Glare: phone.Hold} {
		t.Run(name, func(t *testing.T) {
			since := phone.Now()
			r := sipp.Start(t, sipp.Config{In: star.Ends[0], Local: at(0, 0), Remote: at(1, 5060), User: "1001", Scenario: name})
			phone.Await(t, since, limit, baresip.Established)
			do(t)
			r.Wait(t)
		})
	}
}

// TestScenariosAreCalledByARealPhone is the same for scenarios that wait.
func TestScenariosAreCalledByARealPhone(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 0)
	phone := baresip.Start(t, baresip.Config{In: star.Ends[1], User: "1001", Server: at(0, 5060), NoRegister: true})
	for _, tt := range []struct {
		scenario    string
		keys        map[string]string
		established bool
	}{
		{scenario: sipp.Answers, established: true},
		{scenario: sipp.Forks, established: true},
		{scenario: sipp.Refuses, keys: map[string]string{"code": "603", "reason": "Decline"}},
	} {
		t.Run(tt.scenario, func(t *testing.T) {
			r := sipp.Start(t, sipp.Config{In: star.Ends[0], Local: at(0, 5060), Scenario: tt.scenario, Keys: tt.keys})
			since := phone.Now()
			phone.Dial(t, "sipp")
			if tt.established {
				phone.Await(t, since, limit, baresip.Established)
				phone.HangUp(t)
			} else if e := phone.Await(t, since, limit, baresip.Closed); e.Param != "603 Decline" {
				t.Errorf("the phone reports %q", e.Param)
			}
			r.Wait(t)
		})
	}
}

// TestScenariosAreCalledByARealPBX has Asterisk call scenarios for what baresip does not know.
func TestScenariosAreCalledByARealPBX(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 0)
	pbx := asterisk.Start(t, asterisk.Config{In: star.Ends[0], Addr: netns.EndAddr(0), Accounts: []asterisk.Account{
		{User: "1001", Timers: "always", SessionExpires: 1800},
	}})
	base := sipp.Config{In: star.Ends[1], Local: at(1, 5070)}
	register := base
	register.Scenario, register.Remote, register.Keys = sipp.Register, pbx.Addr(), map[string]string{"expires": "600"}
	register.Users = [][]string{sipp.Credentials("1001", asterisk.PasswordOf("1001"))}
	sipp.Start(t, register).Wait(t)
	for _, name := range []string{sipp.Answers, sipp.Reliable, sipp.TimerSmall, sipp.Forks} {
		t.Run(name, func(t *testing.T) {
			c := base
			c.Scenario = name
			r := sipp.Start(t, c)
			pbx.Call(t, "1001", asterisk.HangsUp)
			r.Wait(t)
		})
	}
}
