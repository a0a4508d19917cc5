// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package asterisk

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwire/lab/sound"
)

// Mark is a moment in the events.
type Mark int

// Now is the moment after the last event so far.
func (p *PBX) Now() Mark { return Mark(p.manager.count()) }

// Await waits for the first event since a moment that match accepts.
func (p *PBX) Await(t testing.TB, since Mark, limit time.Duration, match func(Message) bool) Message {
	t.Helper()
	e, err := p.manager.await(int(since), limit, match)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// AwaitEvent waits for an event of a name whose fields have the values given, each as Name: Value.
func (p *PBX) AwaitEvent(t testing.TB, since Mark, limit time.Duration, name string, fields ...string) Message {
	t.Helper()
	return p.Await(t, since, limit, func(e Message) bool {
		for _, f := range fields {
			key, value, _ := strings.Cut(f, ": ")
			if e.Get(key) != value {
				return false
			}
		}
		return e.Event() == name
	})
}

// Do gives a command of the manager interface, which has to succeed.
func (p *PBX) Do(t testing.TB, action string, fields ...Field) Message {
	t.Helper()
	answer, err := p.manager.do(append(Message{{"Action", action}}, fields...))
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// Table gives a command whose answer is a list.
func (p *PBX) Table(t testing.TB, action string, fields ...Field) []Message {
	t.Helper()
	rows, err := p.manager.table(append(Message{{"Action", action}}, fields...))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Console gives a command of the console and returns what it prints.
func (p *PBX) Console(t testing.TB, command string) string {
	t.Helper()
	return strings.Join(p.Do(t, "Command", Field{"Command", command}).All("Output"), "\n")
}

// Registrations are the addresses under which an account is registered, as URIs.
func (p *PBX) Registrations(t testing.TB, user string) (uris []string) {
	t.Helper()
	rows, err := p.manager.table(Message{{"Action", "PJSIPShowContacts"}})
	if err != nil && !strings.Contains(err.Error(), "No Contacts found") {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Get("AOR") == user || strings.HasPrefix(row.Get("ObjectName"), user+";@") {
			uris = append(uris, row.Get("Uri"))
		}
	}
	return uris
}

// Channels are the names of the channels of an account: PJSIP/1001-00000001.
func (p *PBX) Channels(t testing.TB, user string) (names []string) {
	t.Helper()
	for _, row := range p.Table(t, "CoreShowChannels") {
		if name := row.Get("Channel"); strings.HasPrefix(name, "PJSIP/"+user+"-") {
			names = append(names, name)
		}
	}
	return names
}

// Call has Asterisk call a phone and connect it, when it answers, with an extension. Events:
// OriginateResponse when it has answered or not.
func (p *PBX) Call(t testing.TB, user, extension string, more ...Field) {
	t.Helper()
	p.Do(t, "Originate", append(Message{
		{"Channel", "PJSIP/" + user},
		{"Context", "phones"},
		{"Exten", extension},
		{"Priority", "1"},
		{"CallerID", fmt.Sprintf("Lab <%s>", extension)},
		{"Timeout", "60000"},
		{"Async", "true"},
	}, more...)...)
}

// HangUp ends all calls of a phone.
func (p *PBX) HangUp(t testing.TB, user string) {
	t.Helper()
	for _, name := range p.Channels(t, user) {
		p.Do(t, "Hangup", Field{"Channel", name})
	}
}

// Lamp sets the state of the lamp at LampAt, such as NOT_INUSE, INUSE, RINGING, ONHOLD.
func (p *PBX) Lamp(t testing.TB, state string) {
	t.Helper()
	p.Console(t, "devstate change Custom:lamp "+state)
}

// Digits are the keys that a phone has pressed since a moment, in the order of their ends.
func (p *PBX) Digits(since Mark, user string) string {
	var digits strings.Builder
	for _, e := range p.manager.since(int(since)) {
		if e.Event() == "DTMFEnd" && e.Get("Direction") == "Received" && strings.HasPrefix(e.Get("Channel"), "PJSIP/"+user+"-") {
			digits.WriteString(e.Get("Digit"))
		}
	}
	return digits.String()
}

// QueueMember adds a phone to those that ring at QueueAt.
func (p *PBX) QueueMember(t testing.TB, user string) {
	t.Helper()
	p.Do(t, "QueueAdd", Field{"Queue", "lab"}, Field{"Interface", "PJSIP/" + user})
}

// LeaveMessage puts a message into a phone's voicemail, as VoicemailOf would in some seconds.
func (p *PBX) LeaveMessage(t testing.TB, user string) {
	t.Helper()
	inbox := filepath.Join(p.dir, "spool/voicemail/default", user, "INBOX")
	if err := os.MkdirAll(inbox, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(inbox, "msg0000.txt"), []byte("[message]\ncallerid=Lab <600>\nduration=1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sound.WriteWAV(t, filepath.Join(inbox, "msg0000.wav"), 8000, 1, sound.Tone(8000, Tone, time.Second))
	p.Do(t, "VoicemailRefresh", Field{"Context", "default"}, Field{"Mailbox", user})
}

// ClearMessages takes all messages away again.
func (p *PBX) ClearMessages(t testing.TB, user string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(p.dir, "spool/voicemail/default", user)); err != nil {
		t.Fatal(err)
	}
	p.Do(t, "VoicemailRefresh", Field{"Context", "default"}, Field{"Mailbox", user})
}

// Text has Asterisk send a text to a phone.
func (p *PBX) Text(t testing.TB, user, from, body string) {
	t.Helper()
	p.Do(t, "MessageSend", Field{"Destination", "pjsip:" + user}, Field{"From", from}, Field{"Body", body})
}
