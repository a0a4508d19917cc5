// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package baresip

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwire/lab/proc"
	"bellwire/lab/sound"
)

// Types of events.
const (
	Incoming    = "CALL_INCOMING"
	Ringing     = "CALL_RINGING"
	Progress    = "CALL_PROGRESS" // 183
	Established = "CALL_ESTABLISHED"
	Closed      = "CALL_CLOSED" // Param is the reason, such as 486 Busy Here
	Digit       = "CALL_DTMF_START"
	Transfer    = "TRANSFER"
)

// Mark is a moment in the events.
type Mark int

// Now is the moment after the last event so far.
func (p *Phone) Now() Mark { return Mark(p.control.count()) }

// Await waits for the first event of a type since a moment.
func (p *Phone) Await(t testing.TB, since Mark, limit time.Duration, kind string) Event {
	t.Helper()
	m, err := p.control.await(int(since), limit, func(m message) bool { return m.IsEvent && m.Type == kind })
	if err != nil {
		t.Fatalf("waiting for %s: %v", kind, err)
	}
	return m.Event
}

// AwaitRegistered waits until the registrar has taken the phone. It may do so before the control port
// is there, so that no event tells of it.
func (p *Phone) AwaitRegistered(t testing.TB, limit time.Duration) {
	t.Helper()
	_, _, err := p.Process.Await(0, limit, func(l proc.Line) bool {
		return strings.Contains(l.Text, "200 OK") && strings.Contains(l.Text, "binding")
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (p *Phone) do(t testing.TB, command, params string) string {
	t.Helper()
	m, err := p.control.do(command, params, limit)
	if err != nil {
		t.Fatal(err)
	}
	return m.Data
}

// Dial calls a user of the server.
func (p *Phone) Dial(t testing.TB, user string) {
	t.Helper()
	p.do(t, "dial", p.URI(user))
}

// URI is that of a user of the server; baresip adds the transport of its account.
func (p *Phone) URI(user string) string { return fmt.Sprintf("sip:%s@%s", user, p.cfg.Server) }

// Accept answers the call that rings.
func (p *Phone) Accept(t testing.TB) { t.Helper(); p.do(t, "accept", "") }

// HangUp ends or refuses the current call.
func (p *Phone) HangUp(t testing.TB) { t.Helper(); p.do(t, "hangup", "") }

// Hold puts the current call on hold.
func (p *Phone) Hold(t testing.TB) { t.Helper(); p.do(t, "hold", "") }

// Resume takes it from there.
func (p *Phone) Resume(t testing.TB) { t.Helper(); p.do(t, "resume", "") }

// Reinvite sends a re-INVITE with the same offer.
func (p *Phone) Reinvite(t testing.TB) { t.Helper(); p.do(t, "reinvite", "") }

// Transfer sends the far end to another user, blindly.
func (p *Phone) Transfer(t testing.TB, user string) { t.Helper(); p.do(t, "transfer", p.URI(user)) }

// keyUp ends a digit.
const keyUp = "\x04"

// Press sends digits, each 120 ms long with as much of a pause: those are real time.
func (p *Phone) Press(t testing.TB, digits string) {
	t.Helper()
	const length = 120 * time.Millisecond
	for _, d := range digits {
		p.do(t, "sndcode", string(d))
		time.Sleep(length)
		p.do(t, "sndcode", keyUp)
		time.Sleep(length)
	}
}

// Digits are those that the far end has pressed since a moment.
func (p *Phone) Digits(since Mark) string {
	p.control.mu.Lock()
	defer p.control.mu.Unlock()
	var digits strings.Builder
	for _, m := range p.control.list[since:] {
		if m.IsEvent && m.Type == Digit {
			digits.WriteString(m.Param)
		}
	}
	return digits.String()
}

// Heard is what the phone has heard in its last call; the file is complete when that is over.
func (p *Phone) Heard(t testing.TB) sound.Recording {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
	if err != nil || len(files) == 0 {
		t.Fatalf("baresip of %s has recorded nothing", p.cfg.User)
	}
	return sound.Recording(files[len(files)-1]) // their names are times
}
