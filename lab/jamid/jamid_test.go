// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamid

import (
	"net/netip"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/lab/dhtnode"
	"bellwire/lab/netns"
)

const limit = 30 * time.Second

// TestTwoRealDaemonsCall is the check of the harness itself: one real daemon calls another, each hears
// the other's tone and not its own, and both learn of the end.
func TestTwoRealDaemonsCall(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 1)
	dhtnode.Start(t, dhtnode.Config{In: star.Hub, Port: 4222})
	account := AccountConfig{Bootstrap: netip.AddrPortFrom(netns.HubAddr(0), 4222).String()}
	alice := Start(t, Config{In: star.Ends[0], Tone: 440}).NewAccount(t, account)
	bob := Start(t, Config{In: star.Ends[1], Tone: 770}).NewAccount(t, account)

	since := bob.Now()
	out := alice.Call(t, bob.ID)
	in := bob.Incoming(t, since, limit)
	out.Await(t, limit, Ringing)
	in.Accept(t)
	out.Await(t, limit, Current)
	atAlice, atBob := alice.Listen(t), bob.Listen(t)
	atAlice.Hear(t, 770, 440, limit)
	atBob.Hear(t, 440, 770, limit)
	out.HangUp(t)
	in.Await(t, limit, Over)
	atAlice.AwaitSilence(t, limit)
}

// TestTwoRealDaemonsMeet is the same check for contacts, texts and presence.
func TestTwoRealDaemonsMeet(t *testing.T) {
	leak.Check(t)
	star := netns.NewStar(t, 2, 1)
	dhtnode.Start(t, dhtnode.Config{In: star.Hub, Port: 4222})
	account := AccountConfig{Bootstrap: netip.AddrPortFrom(netns.HubAddr(0), 4222).String()}
	alice := Start(t, Config{In: star.Ends[0]}).NewAccount(t, account)
	bob := Start(t, Config{In: star.Ends[1]}).NewAccount(t, account)

	atAlice, atBob := alice.Now(), bob.Now()
	alice.SendRequest(t, bob.ID, "BEGIN:VCARD\nVERSION:2.1\nFN:Alice\nEND:VCARD")
	if r := bob.AwaitRequest(t, atBob, limit, alice.ID); r.Payload == "" {
		t.Errorf("the request came without its text: %+v", r)
	}
	bob.AcceptRequest(t, alice.ID)
	alice.AwaitContact(t, atAlice, limit, bob.ID, true)

	text := alice.Send(t, bob.ID, "hello")
	if got := bob.AwaitText(t, atBob, limit, "hello"); got.From != alice.ID {
		t.Errorf("the text came from %q", got.From)
	}
	text.Await(t, limit, Sent)

	alice.Watch(t, bob.ID)
	alice.AwaitOnline(t, atAlice, limit, bob.ID)
	bob.Online(t, false)
	late := alice.Send(t, bob.ID, "late")
	bob.Online(t, true)
	bob.AwaitText(t, atBob, limit, "late")
	late.Await(t, limit, Sent)
}
