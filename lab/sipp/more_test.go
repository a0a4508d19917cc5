// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package sipp_test

import (
	"testing"

	"bellwire/internal/leak"
	"bellwire/lab/baresip"
	"bellwire/lab/linphone"
	"bellwire/lab/netns"
	"bellwire/lab/sipp"
)

// TestACallIsGivenUp needs a phone that rings.
func TestACallIsGivenUp(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 0)
	baresip.Start(t, baresip.Config{In: star.Ends[1], User: "1001", Server: at(0, 5060), NoRegister: true, Port: 5060})
	sipp.Start(t, sipp.Config{In: star.Ends[0], Local: at(0, 0), Remote: at(1, 5060), User: "1001", Scenario: sipp.Cancel}).Wait(t)
}

// TestTwoAnswersToARealPhone is of linphone: neither baresip nor Asterisk ends the second of two answers.
func TestTwoAnswersToARealPhone(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 0)
	phone := linphone.Start(t, linphone.Config{In: star.Ends[1], User: "1001", Server: at(0, 5060)})
	r := sipp.Start(t, sipp.Config{In: star.Ends[0], Local: at(0, 5060), Scenario: sipp.TwoAnswers})
	phone.Dial(t, "sipp")
	r.AwaitMessage(t, "BYE sip:")
	phone.HangUp(t)
	r.Wait(t)
}

// TestARealPhoneFollows is of baresip, which goes to the first of two others; linphone does not.
func TestARealPhoneFollows(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 0)
	phone := baresip.Start(t, baresip.Config{In: star.Ends[1], User: "1001", Server: at(0, 5060), NoRegister: true})
	moved := sipp.Start(t, sipp.Config{In: star.Ends[0], Local: at(0, 5060), Scenario: sipp.Moved, Keys: map[string]string{
		"first": "sip:a@" + at(0, 5062).String(), "second": "sip:b@" + at(0, 5064).String(),
	}})
	answers := sipp.Start(t, sipp.Config{In: star.Ends[0], Local: at(0, 5062), Scenario: sipp.Answers})
	since := phone.Now()
	phone.Dial(t, "sipp")
	phone.Await(t, since, limit, baresip.Established)
	phone.HangUp(t)
	moved.Wait(t)
	answers.Wait(t)
}
