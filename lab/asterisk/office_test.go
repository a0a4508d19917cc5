// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package asterisk_test

import (
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/lab/asterisk"
	"bellwire/lab/baresip"
	"bellwire/lab/netns"
	"bellwire/lab/wait"
)

const limit = 15 * time.Second

// office is a PBX on a machine of its own, and machines for phones.
type office struct {
	pbx  *asterisk.PBX
	star *netns.Star
	used int // machines that have a phone
}

// newOffice starts a PBX; change may be nil.
func newOffice(t *testing.T, phones int, change func(*asterisk.Config)) *office {
	t.Helper()
	leak.Check(t)
	o := &office{star: netns.NewStar(t, phones+1, 0)}
	cfg := asterisk.Config{In: o.star.Ends[0], Addr: netns.EndAddr(0)}
	if change != nil {
		change(&cfg)
	}
	o.pbx = asterisk.Start(t, cfg)
	return o
}

// next is the next machine without a phone.
func (o *office) next() *netns.Namespace {
	o.used++
	return o.star.Ends[o.used]
}

// phone starts a baresip that is registered.
func (o *office) phone(t *testing.T, user string, change func(*baresip.Config)) *baresip.Phone {
	t.Helper()
	cfg := baresip.Config{In: o.next(), User: user, Password: asterisk.PasswordOf(user), Server: o.pbx.Addr()}
	if change != nil {
		change(&cfg)
	}
	p := baresip.Start(t, cfg)
	p.AwaitRegistered(t, limit)
	return p
}

// tone makes the phone say a tone, and answer by itself.
func tone(hz float64) func(*baresip.Config) {
	return func(c *baresip.Config) { c.Tone, c.Answer = hz, true }
}

// idle waits until the PBX has no call of the user.
func (o *office) idle(t *testing.T, user string) {
	t.Helper()
	wait.For(t, limit, "the end of the calls of "+user, func() bool { return len(o.pbx.Channels(t, user)) == 0 })
}
