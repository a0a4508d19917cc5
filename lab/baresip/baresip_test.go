// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package baresip_test

import (
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/lab/asterisk"
	"bellwire/lab/baresip"
	"bellwire/lab/netns"
)

const limit = 10 * time.Second

// TestARealPhoneCallsARealPBX is the check of both harnesses: a phone registers, is recorded while it
// says a tone, and hears that of the PBX.
func TestARealPhoneCallsARealPBX(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 0)
	pbx := asterisk.Start(t, asterisk.Config{In: star.Ends[0], Addr: netns.EndAddr(0)})
	phone := baresip.Start(t, baresip.Config{In: star.Ends[1], User: "1001", Password: asterisk.PasswordOf("1001"), Server: pbx.Addr(), Tone: 770})
	phone.AwaitRegistered(t, limit)
	if uris := pbx.Registrations(t, "1001"); len(uris) != 1 {
		t.Errorf("the PBX has the registrations %q", uris)
	}

	since, events := phone.Now(), pbx.Now()
	phone.Dial(t, asterisk.RecordAt(0))
	phone.Await(t, since, limit, baresip.Established)
	pbx.Recording(0).Await(t, limit, 770)
	phone.Heard(t).Await(t, limit, asterisk.Tone)
	phone.Press(t, "1122#A")
	phone.HangUp(t)
	pbx.AwaitEvent(t, events, limit, "Hangup", "CallerIDNum: 1001")
	if got := pbx.Digits(events, "1001"); got != "1122#A" {
		t.Errorf("the PBX got the digits %q", got)
	}
	pbx.Recording(0).Await(t, limit, 770)
	phone.Heard(t).Await(t, limit, asterisk.Tone)
	if share := phone.Heard(t).Share(t, 770); share > 0.1 {
		t.Errorf("the phone hears itself: %.2f", share)
	}
}
