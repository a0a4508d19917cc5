// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package asterisk_test

import (
	"testing"
	"time"

	"bellwire/lab/asterisk"
	"bellwire/lab/baresip"
	"bellwire/lab/ca"
	"bellwire/lab/linphone"
	"bellwire/lab/netns"
)

// TestAttendedTransferAndPickUp has a phone ask a second party and join it with the first.
func TestAttendedTransferAndPickUp(t *testing.T) {
	o := newOffice(t, 3, nil)
	b, c := o.phone(t, "1002", tone(900)), o.phone(t, "1003", nil)
	a := linphone.Start(t, linphone.Config{In: o.next(), User: "1001", Password: asterisk.PasswordOf("1001"), Server: o.pbx.Addr()})
	a.Register(t, limit)

	since, events := a.Now(), o.pbx.Now()
	a.Dial(t, "1002")
	a.Await(t, since, limit, linphone.Running)
	a.Hold(t)
	b.Heard(t).Await(t, limit, asterisk.HoldTone)
	since = a.Now()
	a.Dial(t, asterisk.ToneAt)
	a.Await(t, since, limit, linphone.Running)
	a.Join(t, 1, 2)
	o.pbx.AwaitEvent(t, events, limit, "AttendedTransfer", "Result: Success")
	b.Heard(t).Await(t, limit, asterisk.HoldTone, asterisk.Tone)
	b.HangUp(t)
	o.idle(t, "1001")
	o.idle(t, "1002")

	// The third phone rings, the second takes the call.
	since = a.Now()
	a.Dial(t, "1003")
	c.Await(t, 0, limit, baresip.Incoming)
	at := b.Now()
	b.Dial(t, asterisk.PickUp+"1003")
	b.Await(t, at, limit, baresip.Established)
	a.Await(t, since, limit, linphone.Running)
	c.Await(t, 0, limit, baresip.Closed)
	a.HangUp(t)
}

// refusal is how long a phone that does not like a certificate is given to like it.
const refusal = 500 * time.Millisecond

// TestOnlyAGoodCertificateIsTaken is of a phone that verifies.
func TestOnlyAGoodCertificateIsTaken(t *testing.T) {
	authority := ca.New(t)
	pair := authority.Issue(t, ca.Good, []string{"pbx.test"})
	o := newOffice(t, 1, func(c *asterisk.Config) { c.Certificate = &pair })
	in := o.next()
	for kind, within := range map[ca.Kind]time.Duration{ca.Good: limit, ca.Expired: refusal, ca.WrongName: refusal, ca.SelfSigned: refusal} {
		pair := authority.Issue(t, kind, []string{"pbx.test"}, netns.EndAddr(0))
		o.pbx.Change(t, func(c *asterisk.Config) { c.Certificate = &pair })
		phone := linphone.Start(t, linphone.Config{
			In: in, User: "1001", Password: asterisk.PasswordOf("1001"),
			Server: o.pbx.AddrTLS(), Transport: "tls", Name: "pbx.test", CA: authority.File,
		})
		if taken := phone.TryRegister(t, within); taken != (kind == ca.Good) {
			t.Errorf("a certificate that is %s is taken: %v", kind, taken)
		}
		phone.Kill()
	}
}
