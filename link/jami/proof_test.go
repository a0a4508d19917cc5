// SPDX-License-Identifier: GPL-3.0-or-later

package jami_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/ice"
)

// Whoever refuses whom, no session is left and both ends say so. The requested end is the TLS client: it
// learns that it was refused from its session.
func TestProof(t *testing.T) {
	carol := testid.Device(t, "carol")
	for name, c := range map[string]struct {
		change func(*ends)
		early  bool // the requested end refuses, before it has shown its own proof
	}{
		"the requester is another device": {func(e *ends) { e.alice = carol }, true},
		"the requested is another device": {func(e *ends) { e.bob = carol }, false},
		"the requested has another account": {func(e *ends) {
			e.ofBob.Account = carol.AccountID()
		}, false},
		"the certificates are not valid any more": {func(e *ends) {
			e.ofAlice.Now = func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEnds(t, 5*time.Millisecond)
				c.change(e)
				near, far, errNear, errFar := e.connect(t)
				if near != nil || !errors.Is(errNear, link.ErrNotAuthenticated) {
					t.Errorf("the requester: %v", errNear)
				}
				if c.early {
					if far != nil || !errors.Is(errFar, link.ErrNotAuthenticated) {
						t.Errorf("the requested: %v", errFar)
					}
					return
				}
				if far == nil {
					t.Fatalf("the requested: %v", errFar)
				}
				<-far.Done()
				if !errors.Is(far.Err(), link.ErrNotAuthenticated) {
					t.Errorf("the requested: %v", far.Err())
				}
				if _, err := far.Open(t.Context(), "sip"); !errors.Is(err, link.ErrNotAuthenticated) {
					t.Errorf("open: %v", err)
				}
			})
		})
	}
}

// A far end that does not shake hands as it should is given up.
func TestHandshakeThatFails(t *testing.T) {
	carol := testid.Device(t, "carol")
	without := func(version uint16, certs []tls.Certificate) func(net.Conn) {
		return func(conn net.Conn) {
			_ = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MaxVersion: version, Certificates: certs}).Handshake()
		}
	}
	for name, c := range map[string]struct {
		peer func(net.Conn)
		want error
	}{
		"silence":        {func(net.Conn) {}, link.ErrUnreachable},
		"hangs up":       {func(conn net.Conn) { _ = conn.Close() }, link.ErrUnreachable},
		"no TLS":         {func(conn net.Conn) { _, _ = io.WriteString(conn, strings.Repeat("GET / HTTP/1.1\r\n", 50)) }, link.ErrNotAuthenticated},
		"TLS 1.2":        {without(tls.VersionTLS12, []tls.Certificate{carol.TLSCertificate()}), link.ErrNotAuthenticated},
		"no certificate": {without(0, nil), link.ErrNotAuthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEnds(t, time.Millisecond)
				a, b := e.wire.Ends()
				go c.peer(b)
				begin := time.Now()
				s, err := e.attempt(t, link.Requester, a).Connect(t.Context(), half)
				if s != nil || !errors.Is(err, c.want) {
					t.Errorf("error %v, want %v", err, c.want)
				}
				if took := time.Since(begin); took > 10*time.Second {
					t.Errorf("it took %v", took)
				}
				_ = b.Close()
			})
		})
	}
}

// The wait for a path has an end, which begins when the far end's half is known.
func TestWaits(t *testing.T) {
	for name, c := range map[string]struct {
		remote func(ctx context.Context) (ice.Description, error)
		after  time.Duration
		want   error
	}{
		"no path": {func(context.Context) (ice.Description, error) {
			time.Sleep(5 * time.Second)
			return ice.Description{}, nil
		}, 20 * time.Second, link.ErrUnreachable},
		"no answer": {func(context.Context) (ice.Description, error) {
			time.Sleep(5 * time.Second)
			return ice.Description{}, link.ErrBusy
		}, 5 * time.Second, link.ErrBusy},
		"given up": {func(ctx context.Context) (ice.Description, error) {
			<-ctx.Done()
			return ice.Description{}, ctx.Err()
		}, 25 * time.Second, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
				defer cancel()
				begin := time.Now()
				pathless := newEnds(t, 0).attemptOver(t, link.Requester, func(ctx context.Context) (net.Conn, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				})
				_, err := pathless.Connect(ctx, c.remote)
				if !errors.Is(err, c.want) || time.Since(begin) != c.after {
					t.Errorf("error %v after %v, want %v after %v", err, time.Since(begin), c.want, c.after)
				}
			})
		})
	}
}
