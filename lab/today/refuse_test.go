// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"context"
	"errors"
	"testing"

	"bellwire/call"
	"bellwire/lab/today"
)

func TestACallIsRefused(t *testing.T) {
	for _, tt := range []struct {
		what   string
		refuse func(*today.Call) error
		reason call.Reason
	}{
		{"declined", (*today.Call).Decline, call.Declined},
		{"hung up while it rings", func(c *today.Call) error { return c.Hangup(context.Background()) }, call.Unreachable},
	} {
		t.Run(tt.what, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice", public)
				go func() {
					in, err := alice.NextCall(soon(t))
					if err == nil {
						err = tt.refuse(in)
					}
					if err != nil {
						t.Error(err)
					}
				}()
				_, err := bob.Dial(soon(t), alice.ID(), call.Setup{})
				if call.ReasonOf(err) != tt.reason {
					t.Errorf("the call ended with %v, want %v", err, tt.reason)
				}
			})
		})
	}
}

func TestWeDecline(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice")
		go func() {
			in, err := bob.Accept(soon(t))
			if err != nil {
				t.Error(err)
				return
			}
			in.Ring()
			in.Reject(call.Declined)
		}()
		_, err := alice.Dial(soon(t), bob.account(), today.Setup{})
		var refused *today.Refused
		if !errors.As(err, &refused) || refused.Code != 603 {
			t.Errorf("the peer's call ended with %v", err)
		}
	})
}

// Either side gives up while it rings.
func TestGivingUp(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bob, alice := w.phone("bob", "bob"), w.peer("alice", "alice", public)
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			in, err := alice.NextCall(soon(t))
			if err != nil {
				t.Error(err)
				return
			}
			cancel(call.ErrHungUp)
			<-in.Done()
			if code, _ := in.End(); code != 487 {
				t.Errorf("the peer's call ended with %d", code)
			}
		}()
		if _, err := bob.Dial(ctx, alice.ID(), call.Setup{}); call.ReasonOf(err) != call.Cancelled {
			t.Errorf("giving up ended with %v", err)
		}

		theirs, giveUp := context.WithCancel(t.Context())
		rang := make(chan struct{})
		go func() {
			in, err := bob.Accept(soon(t))
			if err != nil {
				t.Error(err)
				return
			}
			in.Ring()
			<-rang
			giveUp()
			<-in.Done()
			if in.End().Reason != call.Cancelled {
				t.Errorf("our call ended with %+v", in.End())
			}
		}()
		_, err := alice.Dial(theirs, bob.account(), today.Setup{Rings: func() { close(rang) }})
		var refused *today.Refused
		if !errors.As(err, &refused) || refused.Code != 487 {
			t.Errorf("the peer's call ended with %v", err)
		}
	})
}
