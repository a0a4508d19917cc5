// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/lab/bell"
	"bellwire/lab/jamid"
	"bellwire/lab/proc"
	"bellwire/phone"
)

// promptly is how long a device may go on ringing after another has answered.
const promptly = 200 * time.Millisecond

// TestOneAccountOnBellwireAndJami has an account on one device of either kind, called by either: both
// ring, one answers, and the other stops at once.
func TestOneAccountOnBellwireAndJami(t *testing.T) {
	peer.NeedRoot(t)
	leak.Check(t)
	place := NewPlace(t, IPv4, 4)
	bellCaller, jamiCaller := place.NewBellwire(t, 0), place.NewJami(t, 1, 0)
	callee := &pair{bell: place.NewBellwire(t, 2)}
	archive := filepath.Join(t.TempDir(), "account.gz")
	callee.bell.Do(t, "account", "export", callee.bell.ID, archive)
	imported := place.JamiAccount()
	imported.Archive = archive
	callee.jami = jamid.Start(t, jamid.Config{In: place.star.Ends[3]}).NewAccount(t, imported)
	if callee.jami.ID != callee.bell.ID {
		t.Fatalf("the imported account is %s, want %s", callee.jami.ID, callee.bell.ID)
	}
	// Jami looks for the account's other devices first, and may not hear calls that come just then.
	if _, _, err := callee.jami.Await(0, limit, func(l proc.Line) bool {
		return strings.Contains(l.Text, "New SIP channel opened")
	}); err != nil {
		t.Fatal(err)
	}

	for _, answering := range []struct {
		name string
		take func(*testing.T, *ringing, string)
	}{{"Bellwire answers", bellwireAnswers}, {"Jami answers", jamiAnswers}} {
		t.Run("Bellwire calls/"+answering.name, func(t *testing.T) {
			r := callee.expect()
			out := bellCaller.Start(t, "call", callee.bell.ID, "--tone", "440")
			r.await(t, callee, bellCaller.ID)
			answering.take(t, r, "answered elsewhere")
			if _, _, err := out.Await(0, limit, bell.State("established")); err != nil {
				t.Fatal(err)
			}
			r.hangUp(t)
			if code := out.ExitCode(t, limit); code != 0 {
				t.Errorf("exit code %d:\n%s", code, out.Output())
			}
			callee.nothingIsLeft(t)
		})
		t.Run("Jami calls/"+answering.name, func(t *testing.T) {
			r := callee.expect()
			log := len(jamiCaller.Lines(0))
			out := jamiCaller.Call(t, callee.bell.ID)
			r.await(t, callee, jamiCaller.ID)
			answering.take(t, r, "cancelled") // Jami does not say why
			out.Await(t, limit, jamid.Current)
			jamiCaller.Hearing(t, log, limit)
			r.hangUp(t)
			out.Await(t, limit, jamid.Over)
			callee.nothingIsLeft(t)
		})
	}
}

// ringing is a call that rings at both devices of an account.
type ringing struct {
	*pair
	since  int
	mark   jamid.Mark
	atBell string
	atJami *jamid.Call
	hangUp func(*testing.T) // at the device that answered
}

// expect is called before the call.
func (p *pair) expect() *ringing {
	return &ringing{pair: p, since: p.bell.Now(), mark: p.jami.Now()}
}

// await waits until both devices ring.
func (r *ringing) await(t *testing.T, callee *pair, caller string) {
	t.Helper()
	e := callee.bell.Incoming(t, r.since)
	r.atBell, r.atJami = e.Call, callee.jami.Incoming(t, r.mark, limit)
	if e.Peer != caller || r.atJami.From != caller {
		t.Errorf("Bellwire is called by %s, Jami by %s, want %s", e.Peer, r.atJami.From, caller)
	}
}

func bellwireAnswers(t *testing.T, r *ringing, _ string) {
	t.Helper()
	r.bell.Act(t, r.atBell, "answer", phone.Options{Sound: phone.Sound{Tone: bellTone}})
	answered := r.bell.Await(t, r.since, r.atBell, "established").Received
	stopped := r.atJami.Await(t, limit, jamid.Over).At
	if late := stopped.Sub(answered); late > promptly {
		t.Errorf("Jami rings for %v after Bellwire has answered", late)
	}
	r.hangUp = func(t *testing.T) { t.Helper(); r.bell.Act(t, r.atBell, "hangup", nil) }
}

func jamiAnswers(t *testing.T, r *ringing, reason string) {
	t.Helper()
	log := len(r.jami.Lines(0))
	r.atJami.Accept(t)
	answered := r.atJami.Await(t, limit, jamid.Current).At
	ended := r.bell.Await(t, r.since, r.atBell, "ended")
	if late := ended.Received.Sub(answered); late > promptly {
		t.Errorf("Bellwire rings for %v after Jami has answered", late)
	}
	if ended.Reason != reason {
		t.Errorf("the reason at Bellwire is %q, want %q", ended.Reason, reason)
	}
	r.jami.Hearing(t, log, limit)
	r.hangUp = func(t *testing.T) { t.Helper(); r.atJami.HangUp(t) }
}
