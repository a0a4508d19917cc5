// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/internal/testid"
	"bellwire/lab/today"
)

// becomes waits until an account is in a state in the book of a phone.
func (p *phone) becomes(t testing.TB, id string, state call.ContactState) call.Contact {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		for _, c := range p.Contacts() {
			if c.ID == id && c.State == state {
				return c
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not become %v: %+v", id, state, p.Contacts())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// requestIDs checks that no two requests had one id and returns how many there were, and how many were
// refused.
func requestIDs(t testing.TB, peer *today.Peer) (all, refused int) {
	t.Helper()
	seen := map[uint64]bool{}
	for _, r := range peer.Requests() {
		if seen[r.ID] {
			t.Errorf("the id of request %d was used twice", r.ID)
		}
		seen[r.ID] = true
		if r.Refused {
			refused++
		}
	}
	return len(seen), refused
}

// silently calls somebody who does not answer strangers and returns what the caller is told.
func silently(t testing.TB, bob *phone, alice *today.Peer) string {
	t.Helper()
	begin := time.Now()
	_, err := bob.Dial(t.Context(), alice.ID(), call.Setup{})
	if took := time.Since(begin); took < 10*time.Second || took > 15*time.Second {
		t.Errorf("the call failed after %v, want 12 to 15 s", took)
	}
	if call.ReasonOf(err) != call.Unreachable || !errors.Is(err, call.ErrContactsOnly) {
		t.Fatalf("a stranger's call ended with %v", err)
	}
	if strings.ContainsAny(err.Error(), "\n") {
		t.Errorf("more than one sentence: %q", err)
	}
	return err.Error()
}

func TestStrangers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice")
		told := silently(t, bob, alice)
		if !strings.Contains(told, "contacts") || !strings.Contains(told, "bellwire contact add "+alice.ID()) {
			t.Errorf("a stranger is told %q", told)
		}
		must(t, bob.AddContact(t.Context(), alice.ID(), "Alice"))
		request, err := alice.NextContactRequest(soon(t))
		must(t, err)
		if request.From != bob.account() || !strings.Contains(string(request.Payload), "FN:bob") {
			t.Errorf("the peer got %+v", request)
		}
		if told := silently(t, bob, alice); !strings.Contains(told, "request") || strings.Contains(told, "contact add") {
			t.Errorf("who has asked already is told %q", told)
		}
		must(t, alice.Accept(t.Context(), request))
		if c := bob.becomes(t, alice.ID(), call.Confirmed); c.Name != "Alice" {
			t.Errorf("the contact is %+v", c)
		}
		place(t, bob, alice).sounds("after the confirmation")
		if all, refused := requestIDs(t, alice); all < 3 || refused < 2 {
			t.Errorf("%d connection requests came, %d were refused", all, refused)
		}
	})
}

// TestTheyAsk has the peer send the request, in the form of both generations.
func TestTheyAsk(t *testing.T) {
	for name, change := range map[string][]func(*today.Config){"2026": nil, "2023": {of2023}} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice", change...)
				must(t, alice.AddContact(t.Context(), bob.account(), "c1d6f66d9aa929a50ef9274a0a5f2c601257afc1"))
				if c := bob.becomes(t, alice.ID(), call.Asking); c.Name != "alice" {
					t.Errorf("who asks is shown as %+v", c)
				}
				must(t, bob.AcceptContact(t.Context(), alice.ID()))
				if by, err := alice.NextConfirmation(soon(t)); err != nil || by != bob.account() {
					t.Fatalf("confirmed by %v, %v", by, err)
				}
				bob.becomes(t, alice.ID(), call.Confirmed)
				place(t, bob, alice).sounds("between contacts")
				if c := bob.becomes(t, alice.ID(), call.Confirmed); c.Presence != call.Connected {
					t.Errorf("who is called is %v", c.Presence)
				}
			})
		})
	}
}

// Who was called may call back.
func TestCallingBack(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice")
		go func() {
			if in, err := bob.Accept(soon(t)); err != nil {
				t.Error(err)
			} else {
				in.Ring()
			}
		}()
		ctx, giveUp := context.WithCancel(soon(t))
		if _, err := alice.Dial(ctx, bob.account(), today.Setup{Rings: giveUp}); err == nil {
			t.Fatal("nobody answered")
		}
		alice.Disconnect()
		time.Sleep(time.Second)
		place(t, bob, alice).sounds("in the call back over a new connection")
		if all, refused := requestIDs(t, alice); all != 1 || refused != 0 {
			t.Errorf("%d connection requests came, %d were refused", all, refused)
		}
	})
}

// What a daemon opens unasked: texts are taken, other services are not offered. To a contact we open the
// channel for texts too, so that it shows us as connected.
func TestChannels(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice")
		must(t, alice.SendText(soon(t), bob.account(), "hello"))
		bob.nextText(t)
		time.Sleep(time.Second)
		msg := func(d *identity.Device) string { return "msg:" + d.LongID().String() }
		mine, his := alice.Channels(bob.account())
		if !slices.Equal(mine, []string{msg(bob.device)}) || len(his) != 0 {
			t.Errorf("with a stranger the peer has open %q, and we %q", mine, his)
		}
		must(t, alice.AddContact(t.Context(), bob.account(), ""))
		bob.becomes(t, alice.ID(), call.Asking)
		must(t, bob.AcceptContact(t.Context(), alice.ID()))
		time.Sleep(time.Second)
		if _, his = alice.Channels(bob.account()); len(his) != 0 {
			t.Errorf("one channel is enough for texts, and we opened %q", his)
		}
		c := take(t, bob, alice, false)
		mine, _ = alice.Channels(bob.account())
		if !slices.Equal(mine, []string{msg(bob.device), "sip"}) {
			t.Errorf("in a call the peer has open %q", mine)
		}
		c.leg.Hangup(soon(t))
	})
}

// Who was not online when asked is asked when it comes.
func TestARequestWaits(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob := w.phone("bob", "bob")
		must(t, bob.AddContact(t.Context(), testid.Account(t, "alice").ID().String(), ""))
		time.Sleep(time.Minute)
		alice := w.peer("alice", "alice")
		request, err := alice.NextContactRequest(soon(t))
		must(t, err)
		must(t, alice.Accept(t.Context(), request))
		bob.becomes(t, alice.ID(), call.Confirmed)
		if c := bob.becomes(t, alice.ID(), call.Confirmed); c.Presence == call.Offline || c.Name != "alice" && c.Name != "" {
			t.Errorf("the contact is %+v", c)
		}
		place(t, bob, alice).sounds("between contacts")
	})
}
