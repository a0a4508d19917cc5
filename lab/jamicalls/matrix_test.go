// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/lab/bell"
	"bellwire/lab/jamid"
	"bellwire/lab/netns"
	"bellwire/lab/wait"
	"bellwire/phone"
	"bellwire/web"
)

// The tones of the two, in Hz.
const (
	bellTone = 440
	jamiTone = 770
)

func TestCallsWithJamiOverIPv4(t *testing.T) { allCalls(t, IPv4) }
func TestCallsWithJamiOverIPv6(t *testing.T) { allCalls(t, IPv6) }
func TestCallsWithJamiOverTURN(t *testing.T) { allCalls(t, Relayed) }

// allCalls lets Bellwire and the real Jami call each other, and each call end in every way there is.
func allCalls(t *testing.T, n Network) {
	peer.NeedRoot(t)
	leak.Check(t)
	place := NewPlace(t, n, 2)
	p := &pair{bell: place.NewBellwire(t, 0, "[call]", `ring_timeout = "5s"`), jami: place.NewJami(t, 1, jamiTone)}
	for _, c := range []struct {
		name string
		run  func(*testing.T, *pair)
	}{
		{"out/caller hangs up", outCallerHangsUp},
		{"in/declined", inDeclined},
		{"out/callee hangs up", outCalleeHangsUp},
		{"in/cancelled", inCancelled},
		{"out/declined", outDeclined},
		{"out/cancelled", outCancelled},
		{"out/unanswered", outUnanswered},
		{"in/unanswered", inUnanswered},
		{"in/caller hangs up", inCallerHangsUp},
		{"in/callee hangs up", inCalleeHangsUp},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.run(t, p)
			p.nothingIsLeft(t)
		})
	}
	if n.relayed {
		place.wantRelayed(t)
	}
}

// wantRelayed checks that Bellwire has used the relay both ways there are: over TCP for its link, and over
// UDP for the sound.
func (p *Place) wantRelayed(t *testing.T) {
	t.Helper()
	us := regexp.QuoteMeta(netns.EndAddr(0).String())
	for _, told := range []string{
		"tcp or tls connected to: " + us,
		"remote " + us + `:\d+, reason: allocation timeout`, // how the relay calls the end of one over UDP
	} {
		if log := p.relay.Output(); !regexp.MustCompile(told).MatchString(log) {
			t.Errorf("the relay does not tell %q:\n%s", told, log)
		}
	}
}

// pair is a person with Bellwire and one with Jami.
type pair struct {
	bell *Bellwire
	jami *jamid.Account
	last time.Time // when Jami called before
}

// nothingIsLeft checks that neither has a call any more.
func (p *pair) nothingIsLeft(t *testing.T) {
	t.Helper()
	wait.For(t, limit, "no call to be left at Bellwire", func() bool {
		calls, err := p.bell.Client.Calls(t.Context())
		return err == nil && len(calls) == 0
	})
	wait.For(t, limit, "no call to be left at Jami", func() bool { return len(p.jami.Calls(t)) == 0 })
}

// outgoing is a call from the command line of Bellwire to Jami.
type outgoing struct {
	*bell.Run
	heard Recording
	in    *jamid.Call // the same call at Jami
}

// dial calls Jami and returns when it rings there and Bellwire knows.
func (p *pair) dial(t *testing.T, args ...string) *outgoing {
	t.Helper()
	o := &outgoing{heard: Recording(filepath.Join(t.TempDir(), "heard.wav"))}
	since := p.jami.Now()
	o.Run = p.bell.Start(t, append([]string{"call", p.jami.ID, "--tone", "440", "--record", string(o.heard)}, args...)...)
	o.in = p.jami.Incoming(t, since, limit)
	if o.in.From != p.bell.ID {
		t.Errorf("Jami is called by %s, want %s", o.in.From, p.bell.ID)
	}
	o.await(t, "ringing")
	return o
}

func (o *outgoing) await(t *testing.T, state string) bell.Event {
	t.Helper()
	e, _, err := o.Await(0, limit, bell.State(state))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// over checks how the command ended: its last state, its exit code, and for a failure one sentence.
func (o *outgoing) over(t *testing.T, reason string, code int) {
	t.Helper()
	if got := o.ExitCode(t, limit); got != code {
		t.Errorf("exit code %d, want %d:\n%s", got, code, o.Output())
	}
	if e := o.await(t, "ended"); e.Reason != reason {
		t.Errorf("the reason is %q, want %q", e.Reason, reason)
	}
	var complaints []string
	for _, l := range o.Lines(0) {
		if l.Error {
			complaints = append(complaints, l.Text)
		}
	}
	if code == 0 && len(complaints) > 0 || code != 0 && (len(complaints) != 1 || !strings.Contains(complaints[0], reason)) {
		t.Errorf("on standard error stands %q", complaints)
	}
}

// answered lets Jami answer and proves the sound both ways.
func (o *outgoing) answered(t *testing.T, p *pair) {
	t.Helper()
	o.in.Accept(t)
	ear := p.jami.Listen(t)
	defer ear.Stop()
	if e := o.await(t, "established"); e.Peer != p.jami.ID {
		t.Errorf("Bellwire talks to %q, want %s", e.Peer, p.jami.ID)
	}
	ear.Hear(t, bellTone, jamiTone, limit)
	o.heard.Hear(t, jamiTone, bellTone)
}

func outCallerHangsUp(t *testing.T, p *pair) {
	o := p.dial(t)
	o.answered(t, p)
	o.Signal(os.Interrupt)
	o.over(t, "hung up", 0)
	wantStates(t, o.in, jamid.Incoming, jamid.Current, jamid.Hungup, jamid.Over)
}

func outCalleeHangsUp(t *testing.T, p *pair) {
	o := p.dial(t)
	o.answered(t, p)
	o.in.HangUp(t)
	o.over(t, "hung up", 0)
	wantStates(t, o.in, jamid.Incoming, jamid.Current, jamid.Hungup, jamid.Over)
}

func outDeclined(t *testing.T, p *pair) {
	o := p.dial(t)
	o.in.Refuse(t)
	o.over(t, "busy", 5) // this version of Jami declines with 486, the word for busy
	wantStates(t, o.in, jamid.Incoming, jamid.Over)
}

func outCancelled(t *testing.T, p *pair) {
	o := p.dial(t)
	o.Signal(os.Interrupt)
	o.over(t, "cancelled", 1)
	wantStates(t, o.in, jamid.Incoming, jamid.Over)
}

func outUnanswered(t *testing.T, p *pair) {
	o := p.dial(t, "--ring-timeout", "2s")
	o.over(t, "no answer", 6)
	wantStates(t, o.in, jamid.Incoming, jamid.Over)
}

// incoming is a call from Jami to Bellwire.
type incoming struct {
	id    string
	since int
	heard Recording
	out   *jamid.Call // the same call at Jami
}

// ring lets Jami call Bellwire and returns when it rings there and Jami knows.
func (p *pair) ring(t *testing.T) *incoming {
	t.Helper()
	// When it calls, Jami asks the link for a sign of life, and looks three seconds later whether all it
	// asked for came: a call just before the look at the last one's breaks the link.
	if until := time.Until(p.last.Add(3*time.Second + 500*time.Millisecond)); until > 0 {
		<-time.After(until)
	}
	p.last = time.Now()
	i := &incoming{since: p.bell.Now(), heard: Recording(filepath.Join(t.TempDir(), "heard.wav"))}
	i.out = p.jami.Call(t, p.bell.ID)
	e := p.bell.Incoming(t, i.since)
	if e.Peer != p.jami.ID {
		t.Errorf("Bellwire is called by %q, want %s", e.Peer, p.jami.ID)
	}
	i.id = e.Call
	i.out.Await(t, limit, jamid.Ringing)
	return i
}

// answer lets Bellwire answer and proves the sound both ways.
func (i *incoming) answer(t *testing.T, p *pair) {
	t.Helper()
	p.bell.Act(t, i.id, "answer", phone.Options{Sound: phone.Sound{Tone: bellTone, Record: string(i.heard)}})
	i.out.Await(t, limit, jamid.Current)
	ear := p.jami.Listen(t)
	defer ear.Stop()
	p.bell.Await(t, i.since, i.id, "established")
	ear.Hear(t, bellTone, jamiTone, limit)
	i.heard.Hear(t, jamiTone, bellTone)
}

// over checks how the call ended at Bellwire.
func (i *incoming) over(t *testing.T, p *pair, reason string) {
	t.Helper()
	if e := p.bell.Await(t, i.since, i.id, "ended"); e.Reason != reason {
		t.Errorf("the reason is %q, want %q", e.Reason, reason)
	}
}

func inCallerHangsUp(t *testing.T, p *pair) {
	i := p.ring(t)
	i.answer(t, p)
	i.out.HangUp(t)
	i.over(t, p, "hung up")
	wantStates(t, i.out, jamid.Connecting, jamid.Ringing, jamid.Current, jamid.Hungup, jamid.Over)
}

func inCalleeHangsUp(t *testing.T, p *pair) {
	i := p.ring(t)
	i.answer(t, p)
	p.bell.Act(t, i.id, "hangup", nil)
	i.over(t, p, "hung up")
	wantStates(t, i.out, jamid.Connecting, jamid.Ringing, jamid.Current, jamid.Hungup, jamid.Over)
}

func inDeclined(t *testing.T, p *pair) {
	i := p.ring(t)
	p.bell.Act(t, i.id, "decline", web.Decline{})
	i.over(t, p, "declined")
	wantStates(t, i.out, jamid.Connecting, jamid.Ringing, jamid.Hungup, jamid.Over)
}

func inCancelled(t *testing.T, p *pair) {
	i := p.ring(t)
	i.out.HangUp(t)
	i.over(t, p, "cancelled")
	wantStates(t, i.out, jamid.Connecting, jamid.Ringing, jamid.Hungup, jamid.Over)
}

func inUnanswered(t *testing.T, p *pair) {
	i := p.ring(t)
	i.over(t, p, "no answer")
	wantStates(t, i.out, jamid.Connecting, jamid.Ringing, jamid.Failure, jamid.Over)
}

// wantStates checks that a call is over at Jami and has been in these states, in this order.
func wantStates(t *testing.T, c *jamid.Call, want ...string) {
	t.Helper()
	c.Await(t, 5*time.Second, jamid.Over)
	var all []string
	left := want
	for _, s := range c.States() {
		all = append(all, s.Name)
		if len(left) > 0 && s.Name == left[0] {
			left = left[1:]
		}
	}
	if len(left) > 0 || !slices.Contains(all, jamid.Over) {
		t.Errorf("at Jami the call was %v, want %v", all, want)
	}
}
