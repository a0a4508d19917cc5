// SPDX-License-Identifier: GPL-3.0-or-later

package jami_test

import (
	"context"
	"net"
	"testing"
	"time"

	"bellwire/identity"
	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/jami"
	"bellwire/link/linktest"
)

// ends are two carriers on the ends of a wire. Alice requests, bob is asked.
type ends struct {
	wire       *linktest.Wire
	alice, bob *identity.Device
	// What each end expects of the other; the true keys without a change.
	ofAlice, ofBob link.Expectation
	timeouts       link.Timeouts
}

func newEnds(t testing.TB, delay time.Duration) *ends {
	e := &ends{
		wire:  &linktest.Wire{Delay: delay},
		alice: testid.Device(t, "alice"),
		bob:   testid.Device(t, "bob"),
	}
	e.ofAlice.Key, e.ofBob.Key = e.alice.Key.Public(), e.bob.Key.Public()
	e.ofBob.Account = e.bob.AccountID()
	e.timeouts = e.timeouts.WithDefaults()
	t.Cleanup(e.wire.Wait)
	return e
}

// attempt prepares one end over a connection.
func (e *ends) attempt(t testing.TB, role link.Role, conn net.Conn) link.Attempt {
	t.Helper()
	return e.attemptOver(t, role, func(context.Context) (net.Conn, error) { return conn, nil })
}

func (e *ends) attemptOver(t testing.TB, role link.Role, connect func(context.Context) (net.Conn, error)) link.Attempt {
	t.Helper()
	carrier := jami.Over(func(ctx context.Context, r ice.Role) (net.Conn, error) {
		if (r == ice.Controlled) != (role == link.Requester) {
			t.Errorf("ICE role %v of role %v", r, role)
		}
		return connect(ctx)
	})
	terms := link.Terms{Role: role, Device: e.alice, Expect: e.ofBob, Timeouts: e.timeouts}
	if role == link.Requested {
		terms.Device, terms.Expect = e.bob, e.ofAlice
	}
	a, err := carrier.Prepare(t.Context(), terms)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func half(context.Context) (ice.Description, error) { return ice.Description{}, nil }

// connect makes both attempts and returns what came of them.
func (e *ends) connect(t testing.TB) (near, far link.Session, errNear, errFar error) {
	t.Helper()
	a, b := e.wire.Ends()
	done := make(chan struct{})
	go func() {
		defer close(done)
		far, errFar = e.attempt(t, link.Requested, b).Connect(t.Context(), half)
	}()
	near, errNear = e.attempt(t, link.Requester, a).Connect(t.Context(), half)
	<-done
	for _, s := range []link.Session{near, far} {
		if s != nil {
			t.Cleanup(func() { _ = s.Close() })
		}
	}
	return near, far, errNear, errFar
}

// sessions returns both ends of one session; alice is near.
func (e *ends) sessions(t testing.TB) (near, far link.Session) {
	t.Helper()
	near, far, errNear, errFar := e.connect(t)
	if errNear != nil || errFar != nil {
		t.Fatal(errNear, errFar)
	}
	return near, far
}
