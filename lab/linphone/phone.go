// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package linphone

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bellwire/lab/proc"
	"bellwire/lab/sound"
)

const prompt = "linphonec> "

// send gives a command whose outcome is not looked at.
func (p *Phone) send(t testing.TB, command string) {
	t.Helper()
	if err := p.Send(command); err != nil {
		t.Fatal(err)
	}
}

// command gives a command and waits for a line that contains a text.
func (p *Phone) command(t testing.TB, command, text string) {
	t.Helper()
	from := p.Now()
	p.send(t, command)
	p.Await(t, from, limit, text)
}

// Mark is a moment in the output.
type Mark int

// Now is the moment after the last line so far.
func (p *Phone) Now() Mark { return Mark(len(p.Lines(0))) }

// Texts of the lines that tell of calls; %d is the number of the call.
const (
	Ringing   = "is ringing"
	Connected = "connected"
	Ended     = "ended"
	Failed    = "error"
	Incoming  = "Receiving new incoming call"
	Running   = "Media streams established"
	Paused    = "is now paused"
)

// Await waits for a line that contains a text, since a moment, and returns it.
func (p *Phone) Await(t testing.TB, since Mark, limit time.Duration, text string) string {
	t.Helper()
	l, _, err := p.Process.Await(int(since), limit, func(l proc.Line) bool { return strings.Contains(l.Text, text) })
	if err != nil {
		t.Fatalf("waiting for %q: %v", text, err)
	}
	return l.Text
}

// Register signs in and waits until the registrar has taken the phone.
func (p *Phone) Register(t testing.TB, limit time.Duration) {
	t.Helper()
	if !p.TryRegister(t, limit) {
		t.Fatalf("linphone of %s is not registered after %v", p.cfg.User, limit)
	}
}

// TryRegister is Register that reports failure.
func (p *Phone) TryRegister(t testing.TB, limit time.Duration) bool {
	t.Helper()
	p.send(t, fmt.Sprintf("register sip:%s@%s sip:%s;transport=%s %s", p.cfg.User, p.host(), p.host(), p.transport(), p.cfg.Password))
	// Success is not announced: ask until it is. Where SHA-256 is asked for, it asks for a password that
	// it has, takes our next line for it, and registers with the one it was given.
	for end := time.Now().Add(limit); time.Now().Before(end); {
		from := p.Now()
		p.send(t, "status register")
		l, _, err := p.Process.Await(int(from), askAgain, func(l proc.Line) bool {
			return strings.HasPrefix(l.Text, "registered")
		})
		if err == nil && strings.HasPrefix(l.Text, "registered, identity=") {
			return true
		}
		if err == nil {
			time.Sleep(askAgain / 10)
		}
	}
	return false
}

// askAgain is how long an answer is waited for.
const askAgain = 300 * time.Millisecond

// host is the server as URIs have it.
func (p *Phone) host() string {
	if p.cfg.Name != "" {
		return fmt.Sprintf("%s:%d", p.cfg.Name, p.cfg.Server.Port())
	}
	return p.cfg.Server.String()
}

// URI is that of a user of the server.
func (p *Phone) URI(user string) string { return "sip:" + user + "@" + p.host() }

// Dial calls a user of the server.
func (p *Phone) Dial(t testing.TB, user string) { t.Helper(); p.send(t, "call "+p.URI(user)) }

// Accept answers the call that rings.
func (p *Phone) Accept(t testing.TB) { t.Helper(); p.send(t, "answer") }

// HangUp ends or refuses the current call.
func (p *Phone) HangUp(t testing.TB) { t.Helper(); p.send(t, "terminate") }

// Hold puts the current call on hold.
func (p *Phone) Hold(t testing.TB) { t.Helper(); p.send(t, "pause") }

// Resume takes the last call from there.
func (p *Phone) Resume(t testing.TB) { t.Helper(); p.send(t, "resume") }

// Press sends one digit.
func (p *Phone) Press(t testing.TB, digit string) { t.Helper(); p.send(t, digit) }

// Transfer sends the far end of a call, by its number, to another user, blindly.
func (p *Phone) Transfer(t testing.TB, call int, user string) {
	t.Helper()
	p.send(t, fmt.Sprintf("transfer %d %s", call, p.URI(user)))
}

// Join transfers the far end of a call to that of another call, and leaves both.
func (p *Phone) Join(t testing.TB, call, other int) {
	t.Helper()
	p.send(t, fmt.Sprintf("transfer %d --to-call %d", call, other))
}

// Text sends a text to a user of the server.
func (p *Phone) Text(t testing.TB, user, text string) {
	t.Helper()
	p.send(t, fmt.Sprintf("chat %s %q", p.URI(user), text))
}

var callNumber = regexp.MustCompile(`Call (\d+)`)

// Call is the number of the call in a line of the output.
func Call(t testing.TB, line string) (number int) {
	t.Helper()
	m := callNumber.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("no number of a call in %q", line)
	}
	fmt.Sscan(m[1], &number)
	return number
}

// Heard is what the phone has heard in its last call; the file is written when that is over.
func (p *Phone) Heard() sound.Recording {
	return sound.Recording(filepath.Join(p.dir, "heard.wav"))
}
