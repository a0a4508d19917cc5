// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"strings"
	"testing"

	"bellwire/call"
	"bellwire/lab/today"
)

// nextText returns the next text that arrives at a phone.
func (p *phone) nextText(t testing.TB) call.Text {
	t.Helper()
	select {
	case text := <-p.Texts():
		return text
	case <-soon(t).Done():
		t.Fatal("no text arrives")
	}
	return call.Text{}
}

// TestTexts sends texts to a peer and back, over a connection that is made for them and then over the
// same one.
func TestTexts(t *testing.T) {
	for name, change := range map[string]func(*today.Config){"2026": public, "2023": of2023} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice", change)
				for i, body := range []string{"hello", "Grüße ☎ 再见", strings.Repeat("long ", 1000)} {
					must(t, bob.SendText(soon(t), alice.ID(), call.Text{ID: uint64(i + 1), Body: body}))
					got, err := alice.NextText(soon(t))
					must(t, err)
					if got.Body != body || got.From != bob.ID() || got.Kind != "text/plain" {
						t.Errorf("the peer got %+v", got)
					}
					must(t, alice.SendText(soon(t), bob.account(), body))
					if got := bob.nextText(t); got.Body != body || got.From.ID != alice.ID() || got.ID == 0 {
						t.Errorf("we got %+v", got)
					}
				}
				if all, _ := requestIDs(t, alice); all != 1 {
					t.Errorf("the texts took %d connection requests", all)
				}
			})
		})
	}
}

// TestTheyText has the peer write first.
func TestTheyText(t *testing.T) {
	for name, change := range map[string][]func(*today.Config){"2026": nil, "2023": {of2023}} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice", change...)
				must(t, alice.SendText(soon(t), bob.account(), "hello"))
				if got := bob.nextText(t); got.Body != "hello" || got.From.ID != alice.ID() {
					t.Errorf("we got %+v", got)
				}
				must(t, bob.SendText(soon(t), alice.ID(), call.Text{ID: 7, Body: "hello yourself"}))
				if got, err := alice.NextText(soon(t)); err != nil || got.Body != "hello yourself" {
					t.Errorf("the peer got %+v, %v", got, err)
				}
			})
		})
	}
}

// TestTextsDuringACall uses one connection for both.
func TestTextsDuringACall(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice", public)
		c := place(t, bob, alice)
		must(t, bob.SendText(soon(t), alice.ID(), call.Text{ID: 1, Body: "can you hear me?"}))
		if got, err := alice.NextText(soon(t)); err != nil || got.Body != "can you hear me?" {
			t.Errorf("the peer got %+v, %v", got, err)
		}
		must(t, alice.SendText(soon(t), bob.account(), "yes"))
		if got := bob.nextText(t); got.Body != "yes" {
			t.Errorf("we got %+v", got)
		}
		c.sounds("beside the texts")
		must(t, c.call.Hangup(soon(t)))
		c.ended(call.HungUp)
		if n := len(alice.Requests()); n != 1 {
			t.Errorf("a call and a text took %d connection requests", n)
		}
	})
}
