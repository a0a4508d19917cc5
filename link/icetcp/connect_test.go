// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/link/ice"
)

// Whoever has which role and whoever can reach the other, there is a connection, in both families.
func TestConnect(t *testing.T) {
	families := map[string]func(ice.Candidate) bool{
		"IPv4": func(c ice.Candidate) bool { return c.Addr.Addr().Is4() },
		"IPv6": func(c ice.Candidate) bool { return c.Addr.Addr().Is6() },
	}
	roles := map[string][2]ice.Role{
		"one controls":  {ice.Controlled, ice.Controlling},
		"both control":  {ice.Controlling, ice.Controlling},
		"none controls": {ice.Controlled, ice.Controlled},
	}
	for family, match := range families {
		ways := map[string][2]func(ice.Candidate) bool{
			"both dial": {match, match}, "the first dials": {none, match}, "the second dials": {match, none},
		}
		for way, knowing := range ways {
			for role, r := range roles {
				t.Run(fmt.Sprintf("%s, %s, %s", family, way, role), func(t *testing.T) {
					leak.Check(t)
					cfg := loopback(t)
					a, b := gather(t, cfg, r[0]), gather(t, cfg, r[1])
					if !hasCandidate(a, match) {
						t.Skip("this machine has no such address")
					}
					sa, sb := connect(t, a, b, knows(a, knowing[0]), knows(b, knowing[1]))
					talk(t, sa, sb)
				})
			}
		}
	}
}

func hasCandidate(a *Agent, match func(ice.Candidate) bool) bool {
	for _, c := range a.Description().Candidates {
		if match(c) {
			return true
		}
	}
	return false
}

// The far end's connection and nomination may overtake its answer.
func TestConnectBeforeTheAnswer(t *testing.T) {
	leak.Check(t)
	cfg := loopback(t)
	requester, requested := gather(t, cfg, ice.Controlled), gather(t, cfg, ice.Controlling)
	sa, sb := connect(t, requester, requested, knows(requester, all), waits)
	talk(t, sa, sb)
}

// What Close ends is not the stream.
func TestCloseLeavesTheStream(t *testing.T) {
	leak.Check(t)
	cfg := loopback(t)
	a, b := gather(t, cfg, ice.Controlled), gather(t, cfg, ice.Controlling)
	sa, sb := connect(t, a, b, knows(a, all), knows(b, all))
	_, _ = a.Close(), b.Close()
	if _, err := sa.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if _, err := sb.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
}

func TestNoConnectionToWrongCredentials(t *testing.T) {
	for name, wrong := range map[string]secret{
		"password": {"", "notItsPassword0123456789"},
		"ufrag":    {"notItsUfrag", ""},
	} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			cfg := loopback(t)
			a, b := gather(t, cfg, ice.Controlled), gather(t, cfg, ice.Controlling)
			lie := func(far *Agent) remote {
				d := far.Description()
				if wrong.ufrag != "" {
					d.Ufrag = wrong.ufrag
				} else {
					d.Pwd = wrong.pwd
				}
				return func(context.Context) (ice.Description, error) { return d, nil }
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			failed := make(chan error)
			go func() {
				_, err := b.Connect(ctx, lie(a))
				failed <- err
			}()
			_, err := a.Connect(ctx, lie(b))
			for _, err := range []error{err, <-failed} {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v, want that time is over", err)
				}
			}
		})
	}
}

func TestConnectFails(t *testing.T) {
	leak.Check(t)
	cfg := loopback(t)
	failure := errors.New("the far end declines")

	a := gather(t, cfg, ice.Controlled)
	if _, err := a.Connect(t.Context(), func(context.Context) (ice.Description, error) { return ice.Description{}, failure }); !errors.Is(err, failure) {
		t.Errorf("%v, want %v", err, failure)
	}
	if _, err := a.Connect(t.Context(), waits); err == nil {
		t.Error("an agent connects twice")
	}
	b := gather(t, cfg, ice.Controlled)
	if _, err := b.Connect(t.Context(), func(context.Context) (ice.Description, error) { return ice.Description{}, nil }); !errors.Is(err, ice.ErrDescription) {
		t.Errorf("%v, want %v", err, ice.ErrDescription)
	}
	c := gather(t, cfg, ice.Controlled)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := c.Connect(ctx, waits); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	d := gather(t, cfg, ice.Controlled)
	time.AfterFunc(10*time.Millisecond, func() { _ = d.Close() })
	if _, err := d.Connect(t.Context(), waits); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v, want %v", err, net.ErrClosed)
	}
	if _, err := d.Connect(t.Context(), waits); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v, want %v", err, net.ErrClosed)
	}
}

func TestGatherFails(t *testing.T) {
	leak.Check(t)
	ufrag, pwd := ice.Credentials()
	nothing := ice.Config{Interface: func(string) bool { return false }}
	if _, err := Gather(t.Context(), nothing, ice.Controlled, ufrag, pwd); !errors.Is(err, ErrNoAddress) {
		t.Errorf("%v, want %v", err, ErrNoAddress)
	}
	if _, err := Gather(t.Context(), loopback(t), ice.Controlled, "x", pwd); !errors.Is(err, ice.ErrDescription) {
		t.Errorf("%v, want %v", err, ice.ErrDescription)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Gather(ctx, loopback(t), ice.Controlled, ufrag, pwd); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}

// An address that lets nobody in at first, as a relay does before it knows us, is tried again.
func TestConnectAgain(t *testing.T) {
	leak.Check(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a := gather(t, loopback(t), ice.Controlled)
	far := farEnd(bob, candidate(ice.Host, ice.Passive, 0, addrPort(l.Addr())))
	connected := make(chan error, 1)
	go func() {
		conn, err := a.Connect(t.Context(), func(context.Context) (ice.Description, error) { return far, nil })
		if err == nil {
			err = conn.Close()
		}
		connected <- err
	}()
	refused, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = refused.Close()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(t, conn)
	frame, id := asking(t, bob, a.own, ice.Controlling, true)
	w.send(frame)
	w.answerTo(id)
	if err := <-connected; err != nil {
		t.Error(err)
	}
}
