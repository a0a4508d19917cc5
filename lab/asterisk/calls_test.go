// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package asterisk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bellwire/lab/asterisk"
	"bellwire/lab/baresip"
	"bellwire/lab/sound"
	"bellwire/lab/wait"
)

func TestExtensionsDoWhatTheyPromise(t *testing.T) {
	o := newOffice(t, 1, nil)
	p := o.phone(t, "1001", nil)
	for _, code := range []string{"403", "404", "480", "486", "488", "600", "603"} {
		since := p.Now()
		p.Dial(t, asterisk.Refuse(code))
		if e := p.Await(t, since, limit, baresip.Closed); !strings.HasPrefix(e.Param, code+" ") {
			t.Errorf("refused with %s instead of %s", e.Param, code)
		}
	}

	since := p.Now()
	p.Dial(t, asterisk.EarlyBusy)
	p.Await(t, since, limit, baresip.Progress)
	if e := p.Await(t, since, limit, baresip.Closed); !strings.HasPrefix(e.Param, "486 ") {
		t.Errorf("after early media: %s", e.Param)
	}
	p.Heard(t).Await(t, limit, asterisk.EarlyTone)

	since = p.Now()
	p.Dial(t, asterisk.Rings)
	p.Await(t, since, limit, baresip.Ringing)
	p.HangUp(t)
	o.idle(t, "1001")

	since = p.Now()
	p.Dial(t, asterisk.Redirects)
	p.Await(t, since, limit, baresip.Established)
	p.HangUp(t)
	o.idle(t, "1001")

	since = p.Now()
	p.Dial(t, asterisk.HangsUp)
	p.Await(t, since, limit, baresip.Established)
	p.Await(t, since, limit, baresip.Closed)
}

func TestDigitsBothWays(t *testing.T) {
	o := newOffice(t, 2, nil)
	a := o.phone(t, "1001", nil)
	b := o.phone(t, "1002", nil)
	events := o.pbx.Now()
	a.Dial(t, asterisk.DigitsFrom)
	b.Dial(t, asterisk.DigitsAt)
	b.Await(t, 0, limit, baresip.Established)
	b.Press(t, "1100#")
	if e := o.pbx.AwaitEvent(t, events, limit, "UserEvent", "UserEvent: Digits"); e.Get("Digits") != "1100" || e.Get("Caller") != "1002" {
		t.Errorf("the PBX has read %v", e)
	}
	a.Await(t, 0, limit, baresip.Closed)
	if got := a.Digits(0); got != asterisk.SentDigits {
		t.Errorf("the phone has got %q", got)
	}
}

func TestHoldAndTransferBetweenPhones(t *testing.T) {
	o := newOffice(t, 2, nil)
	a := o.phone(t, "1001", tone(700))
	b := o.phone(t, "1002", tone(900))
	events := o.pbx.Now()
	a.Dial(t, "1002")
	a.Await(t, 0, limit, baresip.Established)
	b.Heard(t).Await(t, limit, 700)
	a.Heard(t).Await(t, limit, 900)
	a.Hold(t)
	b.Heard(t).Await(t, limit, 700, asterisk.HoldTone)
	a.Resume(t)
	b.Heard(t).Await(t, limit, 700, asterisk.HoldTone, 700)
	a.Transfer(t, asterisk.ToneAt)
	o.pbx.AwaitEvent(t, events, limit, "BlindTransfer", "Extension: "+asterisk.ToneAt, "Result: Success")
	a.Await(t, 0, limit, baresip.Closed)
	b.Heard(t).Await(t, limit, 700, asterisk.HoldTone, 700, asterisk.Tone)
}

func TestAConferenceOfThree(t *testing.T) {
	o := newOffice(t, 3, nil)
	tones := []float64{700, 900, 1200}
	var phones []*baresip.Phone
	for i, hz := range tones {
		p := o.phone(t, user(i), tone(hz))
		p.Dial(t, asterisk.ConferenceAt(0))
		p.Await(t, 0, limit, baresip.Established)
		phones = append(phones, p)
	}
	for i, p := range phones {
		for j, hz := range tones {
			if i != j {
				wait.For(t, limit, fmt.Sprintf("%v Hz at phone %d", hz, i), func() bool { return p.Heard(t).Share(t, hz) > 0.3 })
			}
		}
	}
	for i, p := range phones {
		if share := p.Heard(t).Share(t, tones[i]); share > sound.Absent {
			t.Errorf("phone %d hears itself: %.2f", i, share)
		}
	}
}

func TestThePBXCalls(t *testing.T) {
	o := newOffice(t, 2, nil)
	a := o.phone(t, "1001", tone(700))
	b := o.phone(t, "1002", tone(900))
	o.pbx.Call(t, "1001", asterisk.ToneAt)
	a.Await(t, 0, limit, baresip.Established)
	a.Heard(t).Await(t, limit, asterisk.Tone)
	o.pbx.HangUp(t, "1001")
	a.Await(t, 0, limit, baresip.Closed)

	o.pbx.QueueMember(t, "1001")
	since := a.Now()
	b.Dial(t, asterisk.QueueAt)
	a.Await(t, since, limit, baresip.Established)
	b.Heard(t).Await(t, limit, 700)
	b.HangUp(t)
	a.Await(t, since, limit, baresip.Closed)

	for prefix, header := range map[string]string{asterisk.IntercomCallInfo: "answer-after=0", asterisk.IntercomAlertInfo: "info=alert-autoanswer"} {
		since, at := a.Now(), b.Now()
		b.Dial(t, prefix+"1001")
		b.Await(t, at, limit, baresip.Established)
		if !strings.Contains(a.Output(), header) {
			t.Errorf("the call has no %s", header)
		}
		b.HangUp(t)
		a.Await(t, since, limit, baresip.Closed)
	}
}

func TestRegistrationsOutliveThePBX(t *testing.T) {
	o := newOffice(t, 1, nil)
	a := o.phone(t, "1001", tone(700))
	o.pbx.Stop(t)
	o.pbx.Restart(t)
	if uris := o.pbx.Registrations(t, "1001"); len(uris) != 1 {
		t.Fatalf("after the restart the PBX has %q", uris)
	}
	o.pbx.Call(t, "1001", asterisk.ToneAt)
	a.Await(t, 0, limit, baresip.Established)
	o.pbx.Stop(t)
	a.Await(t, 0, limit, baresip.Closed)
}

func TestVoicemailIsLeft(t *testing.T) {
	o := newOffice(t, 1, nil)
	a := o.phone(t, "1001", tone(700))
	events := o.pbx.Now()
	a.Dial(t, asterisk.VoicemailOf(2))
	a.Await(t, 0, limit, baresip.Established)
	time.Sleep(2 * time.Second) // the message
	a.HangUp(t)
	o.pbx.AwaitEvent(t, events, limit, "MessageWaiting", "Mailbox: 1002@default", "New: 1")
}
