// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"bellwire/lab/today"
)

// What differs from call to call, and what stands for it.
var variable = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`\[?fd77::[0-9a-f]+\]?|\b10\.[0-9]+\.[0-9]+\.[0-9]+`), "IP"},
	{regexp.MustCompile(`IP[46] IP`), "IP IP"},
	{regexp.MustCompile(`IP:\d+`), "IP:PORT"},
	{regexp.MustCompile(`rport=\d+`), "rport=PORT"},
	{regexp.MustCompile(`\b[0-9a-f]{40}\b`), "ID"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`z9hG4bK[0-9A-Za-z]+`), "BRANCH"},
	{regexp.MustCompile(`"[a-z0-9]+" <`), `"NAME" <`},
	{regexp.MustCompile(`CSeq: \d+`), "CSeq: N"},
	{regexp.MustCompile(`Content-Length: +\d{3,}`), "Content-Length: N"},
	{regexp.MustCompile(`o=vm \d+ \d`), "o=vm NTP VERSION"},
	{regexp.MustCompile(`s=Call ID \d+`), "s=Call ID DIGITS"},
	{regexp.MustCompile(`a=ice-ufrag:[0-9a-f]{8}\b`), "a=ice-ufrag:UFRAG"},
	{regexp.MustCompile(`a=ice-pwd:[0-9a-f]{24}\b`), "a=ice-pwd:PWD"},
	{regexp.MustCompile(`inline:[0-9A-Za-z+/]{40}`), "inline:KEY"},
	{regexp.MustCompile(`(m=[a-z]+) \d+`), "$1 PORT"},
	{regexp.MustCompile(`a=rtcp:\d+`), "a=rtcp:PORT"},
	{regexp.MustCompile(`a=candidate:[HS][0-9a-f]+ (\d) UDP \d+ IP \d+ typ (host|srflx)`), "candidate of $1"},
	{regexp.MustCompile(`Date: [A-Za-z0-9 :]+`), "DATE"},
	{regexp.MustCompile(`\b[0-9a-f]{16}\b`), "RANDOM"},
}

// shape takes out of a message what differs from call to call. Of the candidates the components
// remain.
func shape(message string) string {
	for _, v := range variable {
		message = v.pattern.ReplaceAllString(message, v.instead)
	}
	var lines []string
	for line := range strings.Lines(message) {
		if n := len(lines); n > 0 && lines[n-1] == line && strings.HasPrefix(line, "candidate") {
			continue
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "")
}

// shapes collects what peers send.
type shapes struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (s *shapes) trace(c *today.Config) {
	c.PublicInCalls = true
	c.Trace = func(message string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen[shape(message)] = true
	}
}

// Everything the recordings of calls hold is sent by peers that do the same, to the letter but for what
// differs from call to call.
func TestPeersWriteWhatWasRecorded(t *testing.T) {
	sent := &shapes{seen: map[string]bool{}}
	inWorld(t, func(t *testing.T, w *world) {
		alice, bob := w.peer("alice", "alice", sent.trace), w.peer("bob", "bob", sent.trace)
		second := w.peer("alice", "alice2", sent.trace)
		answer := func(p *today.Peer, then func(*today.Call)) {
			go func() {
				c, err := p.NextCall(soon(t))
				if err != nil {
					t.Error(err)
					return
				}
				then(c)
			}()
		}
		take := func(c *today.Call) { must(t, c.Answer(soon(t), today.Setup{})) }
		ignore := func(*today.Call) {}
		for _, video := range []bool{false, true} {
			answer(bob, take)
			c, err := alice.Dial(soon(t), idOf(t, bob), today.Setup{Video: video})
			must(t, err)
			must(t, c.Hold(soon(t)))
			must(t, c.Resume(soon(t)))
			_, err = c.SendDigit(soon(t), '5')
			must(t, err)
			_, err = c.AskForKeyframe(soon(t))
			must(t, err)
			must(t, c.Hangup(soon(t)))
		}
		rings := make(chan struct{})
		answer(alice, func(c *today.Call) { <-rings; take(c) })
		answer(second, func(*today.Call) { close(rings) })
		c, err := bob.Dial(soon(t), idOf(t, alice), today.Setup{})
		must(t, err)
		must(t, c.Hangup(context.Background()))
		answer(alice, ignore)
		answer(second, func(c *today.Call) { must(t, c.Decline()) })
		if _, err := bob.Dial(soon(t), idOf(t, alice), today.Setup{}); err == nil {
			t.Error("a declined call goes on")
		}
	})
	inWorld(t, func(t *testing.T, w *world) {
		alice, bob := w.peer("alice", "alice", sent.trace, of2023), w.peer("bob", "bob", sent.trace, of2023)
		must(t, bob.SendText(soon(t), idOf(t, alice), "hello from jamid"))
	})
	names, err := filepath.Glob("testdata/sip/*.sip")
	must(t, err)
	for _, name := range names {
		b, err := os.ReadFile(name)
		must(t, err)
		if want := shape(string(b)); !sent.seen[want] {
			t.Errorf("%s is sent by no peer:\n%s\nthe nearest is\n%s", name, want, sent.nearest(want))
		}
	}
}

// nearest returns the shape with the same beginning that has the most lines in common.
func (s *shapes) nearest(want string) (nearest string) {
	most := -1
	for seen := range s.seen {
		common := 0
		for line := range strings.Lines(want) {
			if strings.Contains(seen, line) {
				common++
			}
		}
		if first, _, _ := strings.Cut(want, "\r\n"); strings.HasPrefix(seen, first) {
			common += 10
		}
		if common > most {
			most, nearest = common, seen
		}
	}
	return nearest
}
