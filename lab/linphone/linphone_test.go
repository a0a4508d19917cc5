// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package linphone_test

import (
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/lab/asterisk"
	"bellwire/lab/ca"
	"bellwire/lab/linphone"
	"bellwire/lab/netns"
)

const limit = 10 * time.Second

// TestARealPhoneCallsARealPBX is the check of both harnesses, with what baresip cannot: SHA-256, a
// certificate that is verified, DTLS without the profile's F.
func TestARealPhoneCallsARealPBX(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 0)
	authority := ca.New(t)
	pair := authority.Issue(t, ca.Good, []string{"pbx.test"})
	pbx := asterisk.Start(t, asterisk.Config{
		In: star.Ends[0], Addr: netns.EndAddr(0), Certificate: &pair,
		Accounts: []asterisk.Account{{User: "1001", Auth: []string{asterisk.SHA256}, Security: asterisk.DTLS}},
	})
	phone := linphone.Start(t, linphone.Config{
		In: star.Ends[1], User: "1001", Password: asterisk.PasswordOf("1001"), Tone: 770,
		Server: pbx.AddrTLS(), Transport: "tls", Name: "pbx.test", CA: authority.File, Security: "dtls",
	})
	phone.Register(t, limit)

	since, events := phone.Now(), pbx.Now()
	phone.Dial(t, asterisk.RecordAt(0))
	phone.Await(t, since, limit, linphone.Running)
	pbx.Recording(0).Await(t, limit, 770)
	for _, digit := range []string{"1", "1", "#"} {
		phone.Press(t, digit)
		time.Sleep(400 * time.Millisecond)
	}
	phone.HangUp(t)
	pbx.AwaitEvent(t, events, limit, "Hangup", "CallerIDNum: 1001")
	if got := pbx.Digits(events, "1001"); got != "11#" {
		t.Errorf("the PBX got the digits %q", got)
	}
	phone.Heard().Await(t, limit, asterisk.Tone)
	if share := phone.Heard().Share(t, 770); share > 0.1 {
		t.Errorf("the phone hears itself: %.2f", share)
	}
}
