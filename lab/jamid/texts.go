// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamid

import (
	"strconv"
	"testing"
	"time"
)

// Text is one that is on its way.
type Text struct {
	account *Account
	id      uint64
	from    int
}

// States of a text.
const (
	Sending = 1
	Sent    = 2
	Shown   = 3
	Failed  = 4
)

const plain = "text/plain"

// Send sends a text outside any conversation.
func (a *Account) Send(t testing.TB, to, text string) *Text {
	t.Helper()
	m := &Text{account: a, from: a.events.count()}
	a.ask(t, &m.id, configuration, "sendTextMessage", a.handle, to, map[string]string{plain: text})
	return m
}

// Await waits until the text is in a state.
func (m *Text) Await(t testing.TB, limit time.Duration, state int32) time.Time {
	t.Helper()
	e, err := m.account.events.await(m.from, limit, func(e Event) bool {
		if e.Name != "accountMessageStatusChanged" || len(e.Args) < 5 || e.text(3) != strconv.FormatUint(m.id, 10) {
			return false
		}
		now, _ := e.Args[4].(int32)
		return now == state
	})
	if err != nil {
		t.Fatalf("wait for the state %d of a text: %v", state, err)
	}
	return e.At
}

// State is what has become of the text.
func (m *Text) State(t testing.TB) int32 {
	t.Helper()
	var state int32
	m.account.ask(t, &state, configuration, "getMessageStatus", m.id)
	return state
}

// Received is a text that came.
type Received struct {
	From, Text string
	At         time.Time
}

// AwaitText waits for a text that comes after the mark.
func (a *Account) AwaitText(t testing.TB, since Mark, limit time.Duration, text string) Received {
	t.Helper()
	var got Received
	_, err := a.events.await(int(since), limit, func(e Event) bool {
		r, ok := a.received(e)
		if ok && r.Text == text {
			got = r
			return true
		}
		return false
	})
	if err != nil {
		t.Fatalf("wait for a text: %v", err)
	}
	return got
}

// Texts are those that came after the mark.
func (a *Account) Texts(since Mark) []Received {
	var all []Received
	for _, e := range a.events.since(int(since)) {
		if r, ok := a.received(e); ok {
			all = append(all, r)
		}
	}
	return all
}

func (a *Account) received(e Event) (Received, bool) {
	if e.Name != "incomingAccountMessage" || e.text(0) != a.handle || len(e.Args) < 4 {
		return Received{}, false
	}
	parts, _ := e.Args[3].(map[string]string)
	text, ok := parts[plain]
	return Received{From: e.text(1), Text: text, At: e.At}, ok
}
