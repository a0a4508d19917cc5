// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/stun/v4"

	"bellwire/internal/leak"
	"bellwire/link/ice"
)

// Who does not know the password gets nowhere, whatever it sends, and costs little.
func TestStrangersAreClosed(t *testing.T) {
	leak.Check(t)
	a := gather(t, loopback(t), ice.Controlled)
	guess, _ := asking(t, alice, secret{a.own.ufrag, "aGuessOfThePassword012"}, ice.Controlling, true)
	unsigned, err := build(stun.BindingRequest, stun.TransactionID)
	if err != nil {
		t.Fatal(err)
	}
	for name, sent := range map[string][]byte{
		"HTTP":            []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		"the longest":     append([]byte{0xff, 0xff}, make([]byte, 3000)...),
		"TLS in a frame":  framed(append([]byte{0x16, 3, 1, 0, 200}, make([]byte, 200)...)),
		"many guesses":    bytes.Repeat(guess, maxRefused+1),
		"many nameless":   bytes.Repeat(framed(unsigned), maxRefused+1),
		"empty frames":    make([]byte, maxReceived+1),
		"many chatterers": bytes.Repeat(framed(indication(t)), maxReceived/30+1),
	} {
		w := dialAgent(t, a)
		_, _ = w.Write(sent) // may fail because it is closed already
		if !w.closed(5 * time.Second) {
			t.Errorf("%s: the connection stays open", name)
		}
	}
	select {
	case <-a.chosen:
		t.Error("a stranger was chosen")
	default:
	}
}

func indication(t testing.TB) []byte {
	t.Helper()
	b, err := build(stun.NewType(stun.MethodBinding, stun.ClassIndication), stun.TransactionID)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Even one who knows the password cannot keep us busy for ever.
func TestEndlessChecks(t *testing.T) {
	leak.Check(t)
	a := gather(t, loopback(t), ice.Controlled)
	w := dialAgent(t, a)
	go func() {
		frame, _ := asking(t, alice, a.own, ice.Controlling, false)
		_, _ = w.Write(bytes.Repeat(frame, maxReceived/len(frame)+1))
	}()
	if !w.closed(5 * time.Second) {
		t.Error("checks are answered for ever")
	}
}

// Connections that say nothing, far more than are kept, do not keep the far end out.
func TestCrowdOfStrangers(t *testing.T) {
	leak.Check(t)
	cfg := loopback(t)
	a, b := gather(t, cfg, ice.Controlled), gather(t, cfg, ice.Controlling)
	target := a.Description().Candidates[0].Addr.String()
	stop := make(chan struct{})
	var crowd sync.WaitGroup
	for range 4 {
		crowd.Go(func() {
			var open []net.Conn
			for len(open) < 500 {
				select {
				case <-stop:
				default:
					if conn, err := net.Dial("tcp", target); err == nil {
						open = append(open, conn)
						continue
					}
				}
				break
			}
			<-stop
			for _, conn := range open {
				_ = conn.Close()
			}
		})
	}
	defer crowd.Wait()
	defer close(stop)
	for a.count() < maxAccepted {
		time.Sleep(time.Millisecond)
	}
	sa, sb := connect(t, a, b, knows(a, all), knows(b, none))
	talk(t, sa, sb)
}

// The number of connections kept is bounded, and those who know the password are kept.
func TestCrowdIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := lonely(ice.Controlled)
		friend := pipe(t, a)
		frame, id := asking(t, alice, a.own, ice.Controlling, false)
		friend.send(frame)
		friend.answerTo(id)
		first := pipe(t, a)
		for range 3 * maxAccepted {
			pipe(t, a)
		}
		synctest.Wait()
		if n := a.count(); n != maxAccepted {
			t.Errorf("%d connections, want %d", n, maxAccepted)
		}
		if !first.closed(5 * time.Second) {
			t.Error("the first stranger is kept")
		}
		friend.send(frame)
		friend.answerTo(id)
		_ = a.Close()
	})
}

// lonely is an agent without listeners; its connections are pipes.
func lonely(role ice.Role) *Agent {
	return newAgent(ice.Config{}, role, secret{"lonelyUfrag", "lonelyPassword0123456789"})
}

// pipe connects to a lonely agent.
func pipe(t testing.TB, a *Agent) *wire {
	near, far := net.Pipe()
	a.accept(&pair{conn: far, remote: netip.MustParseAddrPort("198.51.100.1:5000"), accepted: true, priority: 1})
	w := newWire(t, near)
	_ = w.SetDeadline(time.Time{})
	return w
}

// Who says nothing, or a byte now and then, is given up.
func TestSilentStranger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := lonely(ice.Controlled)
		w := pipe(t, a)
		begin := time.Now()
		var drip sync.WaitGroup
		drip.Go(func() {
			for {
				if _, err := w.Write([]byte{0}); err != nil {
					return
				}
				time.Sleep(3 * time.Second)
			}
		})
		_, _ = w.Read(make([]byte, 1))
		if took := time.Since(begin); took < proofLimit || took > proofLimit+3*time.Second {
			t.Errorf("given up after %v, want %v", took, proofLimit)
		}
		drip.Wait()
		_ = a.Close()
	})
}

// A check without an answer is sent again, at the times of RFC 8489.
func TestRetransmission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := lonely(ice.Controlling)
		w := pipe(t, a)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = a.Connect(ctx, func(context.Context) (ice.Description, error) { return farEnd(bob), nil })
		}()
		begin := time.Now()
		sent := w.message()
		// Its own check proves the far end, so that it may take its time.
		frame, id := asking(t, bob, a.own, ice.Controlled, false)
		w.send(frame)
		w.answerTo(id)
		at := []time.Duration{0}
		for range maxSent - 1 {
			if m := w.message(); m.TransactionID != sent.TransactionID {
				t.Error("another request")
			}
			at = append(at, time.Since(begin).Round(time.Millisecond))
		}
		if !w.closed(time.Minute) {
			t.Error("the connection stays open")
		}
		want := []time.Duration{0, 500, 1500, 3500, 7500, 15500, 31500}
		for i := range want {
			if at[i] != want[i]*time.Millisecond {
				t.Errorf("request %d was sent after %v, want %v", i, at[i], want[i]*time.Millisecond)
			}
		}
		if end := time.Since(begin); end != 63500*time.Millisecond {
			t.Errorf("given up after %v", end)
		}
		cancel()
		<-done
		_ = a.Close()
	})
}
