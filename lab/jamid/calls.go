// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamid

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwire/lab/proc"
)

// States of a call, in the daemon's words.
const (
	Connecting = "CONNECTING"
	Incoming   = "INCOMING"
	Ringing    = "RINGING"
	Current    = "CURRENT"
	Hold       = "HOLD"
	Hungup     = "HUNGUP"
	Busy       = "BUSY"      // the other is in a call
	PeerBusy   = "PEER_BUSY" // the other declined
	Failure    = "FAILURE"
	Over       = "OVER" // always the last
)

// Call is one call as the daemon tells of it. It is followed by signals alone: asking for the details
// of a call that is still connecting ends this version of jamid.
type Call struct {
	From    string // who calls, for one that came
	Placed  time.Time
	account *Account
	id      string
	from    int // number of the first event that may be about it
}

// Call calls an account with sound alone.
func (a *Account) Call(t testing.TB, id string) *Call {
	t.Helper()
	c := &Call{account: a, from: a.events.count(), Placed: time.Now()}
	media := []map[string]string{{
		"MEDIA_TYPE": "MEDIA_TYPE_AUDIO", "ENABLED": "true", "MUTED": "false", "SOURCE": "", "LABEL": "audio_0",
	}}
	a.ask(t, &c.id, calling, "placeCallWithMedia", a.handle, id, media)
	if c.id == "" {
		t.Fatalf("jamid does not call %s", id)
	}
	return c
}

// Mark is a moment in what the daemon has told.
type Mark int

// Now is the present moment.
func (a *Account) Now() Mark { return Mark(a.events.count()) }

// Incoming waits for a call that came after the mark.
func (a *Account) Incoming(t testing.TB, since Mark, limit time.Duration) *Call {
	t.Helper()
	e, err := a.events.await(int(since), limit, func(e Event) bool {
		return e.Name == "incomingCallWithMedia" && e.text(0) == a.handle
	})
	if err != nil {
		t.Fatalf("wait for a call: %v", err)
	}
	return &Call{account: a, id: e.text(1), from: int(since), From: bareID(e.text(2)), Placed: e.At}
}

// Calls are the daemon's names of the calls that are not over.
func (a *Account) Calls(t testing.TB) []string {
	t.Helper()
	var list []string
	a.ask(t, &list, calling, "getCallList", a.handle)
	return list
}

// State is a change of a call's state.
type State struct {
	Name string
	Code int
	At   time.Time
}

func (c *Call) state(e Event) (State, bool) {
	if e.Name != "callStateChanged" || e.text(1) != c.id || len(e.Args) < 4 {
		return State{}, false
	}
	code, _ := e.Args[3].(int32)
	return State{Name: e.text(2), Code: int(code), At: e.At}, true
}

// States are all it has been in.
func (c *Call) States() []State {
	var all []State
	for _, e := range c.account.events.since(c.from) {
		if s, ok := c.state(e); ok {
			all = append(all, s)
		}
	}
	return all
}

// Reached waits until the call is, or was, in one of the states.
func (c *Call) Reached(limit time.Duration, states ...string) (State, error) {
	return c.after(c.from, limit, states...)
}

func (c *Call) after(from int, limit time.Duration, states ...string) (State, error) {
	var s State
	_, err := c.account.events.await(from, limit, func(e Event) (ok bool) {
		s, ok = c.state(e)
		return ok && slices.Contains(states, s.Name)
	})
	if err != nil {
		return s, fmt.Errorf("the call is not %v: %w", states, err)
	}
	return s, nil
}

// Await is Reached for a state that has to come.
func (c *Call) Await(t testing.TB, limit time.Duration, states ...string) State {
	t.Helper()
	s, err := c.Reached(limit, states...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// act gives a command about the call and waits for the state it leads to.
func (c *Call) act(t testing.TB, method, state string) {
	t.Helper()
	from := c.account.events.count()
	c.account.do(t, calling, method, c.account.handle, c.id)
	if _, err := c.after(from, answerLimit, state); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
}

// Accept answers it.
func (c *Call) Accept(t testing.TB) { t.Helper(); c.act(t, "accept", Current) }

// Refuse declines it.
func (c *Call) Refuse(t testing.TB) {
	t.Helper()
	c.account.do(t, calling, "refuse", c.account.handle, c.id)
}

// HangUp ends it.
func (c *Call) HangUp(t testing.TB) { t.Helper(); c.act(t, "hangUp", Over) }

// Hold holds it.
func (c *Call) Hold(t testing.TB) { t.Helper(); c.act(t, "hold", Hold) }

// Resume ends the hold.
func (c *Call) Resume(t testing.TB) { t.Helper(); c.act(t, "unhold", Current) }

// Mute takes the microphone from the call, or gives it back.
func (c *Call) Mute(t testing.TB, mute bool) {
	t.Helper()
	c.account.do(t, calling, "muteLocalMedia", c.account.handle, c.id, "MEDIA_TYPE_AUDIO", mute)
}

// Hearing returns when the daemon has begun to decode what it receives. It does not survive the end of a
// call that comes before that. The daemon must write its log; from is the number of a line of it, as
// Lines has it.
func (d *Daemon) Hearing(t testing.TB, from int, limit time.Duration) {
	t.Helper()
	if _, _, err := d.Await(from, limit, func(l proc.Line) bool { return strings.Contains(l.Text, "Decoding audio using") }); err != nil {
		t.Fatal(err)
	}
}

// Press presses keys in the daemon's current call.
func (d *Daemon) Press(t testing.TB, keys string) {
	t.Helper()
	for _, key := range keys {
		d.do(t, calling, "playDTMF", string(key))
	}
}
