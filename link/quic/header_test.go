// SPDX-License-Identifier: GPL-3.0-or-later

package quic_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/identity"
	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/linktest"
	"bellwire/link/quic"
)

// sessions connects alice and bob by their carriers alone.
func sessions(t *testing.T) (near, far link.Session) {
	t.Helper()
	lan := &linktest.LAN{Delay: 5 * time.Millisecond}
	lan.Start(t)
	p := &linktest.Pair{LAN: lan}
	carriers := []link.Carrier{p.Carrier(t, "10.0.0.1"), p.Carrier(t, "10.0.0.2")}
	lan.Up(t)
	alice, bob := testid.Device(t, "alice"), testid.Device(t, "bob")
	prepare := func(role link.Role, own, other *identity.Device, offered ice.Description) link.Attempt {
		a, err := carriers[role].Prepare(t.Context(), link.Terms{
			Role: role, Device: own,
			Expect:   link.Expectation{Key: other.Key.Public()},
			Offered:  offered,
			Timeouts: link.Timeouts{}.WithDefaults(),
		})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	from := prepare(link.Requester, alice, bob, ice.Description{})
	to := prepare(link.Requested, bob, alice, from.Half())
	connect := func(a, other link.Attempt) link.Session {
		s, err := a.Connect(t.Context(), func(context.Context) (ice.Description, error) { return other.Half(), nil })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		far = connect(to, from)
	}()
	near = connect(from, to)
	<-done
	return near, far
}

// A stream that never says its name, or none that is one, is given up; the others go on.
func TestBadHeaders(t *testing.T) {
	for name, c := range map[string]struct {
		header []byte
		after  time.Duration
	}{
		"nothing":   {nil, 10 * time.Second},
		"half":      {[]byte{4, 's', 'i'}, 10 * time.Second},
		"no name":   {[]byte{0}, time.Second},
		"not UTF-8": {[]byte{2, 0xff, 0xfe}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := sessions(t)
				qs, err := quic.OpenRaw(near)
				if err != nil {
					t.Fatal(err)
				}
				if len(c.header) == 0 {
					c.header = []byte{200} // QUIC tells of a stream with its first byte
				}
				if _, err := qs.Write(c.header); err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				if n, err := qs.Read(make([]byte, 1)); err == nil {
					t.Errorf("%d bytes came back", n)
				}
				if took := time.Since(begin); took > c.after+time.Second {
					t.Errorf("given up after %v, want %v", took, c.after)
				}
				go func() {
					r, err := far.Accept(t.Context())
					if err == nil && r.Name == "sip" {
						_, _ = r.Accept()
					}
				}()
				if _, err := near.Open(t.Context(), "sip"); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
