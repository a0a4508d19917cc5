// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/dht/wire"
)

// TestWhoDoesNotAnswer calls and writes to a device that is announced and does not answer offers, as today's Jami
// does not when it does not know who offers.
func TestWhoDoesNotAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		before func(t *testing.T, alice, bob *person)
		wait   time.Duration
		says   string // empty for no hint
	}{
		"a stranger": {func(*testing.T, *person, *person) {}, strangerPatience, "send a request with: bellwire contact add "},
		"somebody who was asked": {
			func(_ *testing.T, alice, bob *person) { alice.add(bob) },
			strangerPatience, "has not confirmed our contact request",
		},
		"a contact": {func(t *testing.T, alice, bob *person) {
			alice.add(bob)
			if _, err := alice.book.Confirm(bob.account.ID()); err != nil {
				t.Fatal(err)
			}
		}, 30 * time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, alice, bob := people(t)
				alice.on()
				w.dht.Publish(wire.Hash(bob.account.ID()), bob.announcement())
				c.before(t, alice, bob)
				_, err := alice.Dial(t.Context(), bob.id(), call.Setup{})
				if call.ReasonOf(err) != call.Unreachable || errors.Is(err, call.ErrContactsOnly) != (c.says != "") {
					t.Errorf("error of the call: %v", err)
				}
				begin := time.Now()
				err = alice.SendText(t.Context(), bob.id(), call.Text{ID: 1, Body: "hello"})
				if call.ReasonOf(err) != call.Unreachable || errors.Is(err, call.ErrContactsOnly) != (c.says != "") {
					t.Errorf("error %v", err)
				}
				if err != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("it says %q, want %q", err, c.says)
				}
				if took := time.Since(begin).Round(time.Second); took != c.wait {
					t.Errorf("it took %v, want %v", took, c.wait)
				}
			})
		})
	}
}
