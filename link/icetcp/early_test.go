// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"context"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"bellwire/internal/leak"
	"bellwire/link/ice"
)

// Checks are answered before Connect, and a nomination holds; data behind it in the same segment waits
// for the reader.
func TestNominatedBeforeConnect(t *testing.T) {
	leak.Check(t)
	a := gather(t, loopback(t), ice.Controlled)
	w := dialAgent(t, a)
	first, firstID := asking(t, alice, a.own, ice.Controlling, false)
	w.send(first)
	if m := w.answerTo(firstID); m.Type != stun.BindingSuccess || !signed(m, a.own) {
		t.Fatalf("the check is answered with %v", m)
	}
	second, secondID := asking(t, alice, a.own, ice.Controlling, true)
	w.send(second, framed([]byte("client ")), framed([]byte("hello")))
	if m := w.answerTo(secondID); m.Type != stun.BindingSuccess {
		t.Fatalf("the nomination is answered with %v", m)
	}
	conn, err := a.Connect(t.Context(), waits)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	hear(t, conn, "client hello")
	w.send(framed([]byte("more")))
	hear(t, conn, "more")
}

// Data that comes even before the nomination is kept, in order, up to a limit.
func TestDataBeforeTheNomination(t *testing.T) {
	leak.Check(t)
	a := gather(t, loopback(t), ice.Controlled)
	w := dialAgent(t, a)
	first, _ := asking(t, alice, a.own, ice.Controlling, false)
	second, secondID := asking(t, alice, a.own, ice.Controlling, true)
	long := make([]byte, 50_000)
	for i := range long {
		long[i] = 'a' + byte(i%26)
	}
	w.send(first, framed(long), second, framed([]byte("end")))
	w.answerTo(secondID)
	conn, err := a.Connect(t.Context(), waits)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	hear(t, conn, string(long)+"end")
}

func TestTooMuchBeforeTheNomination(t *testing.T) {
	leak.Check(t)
	a := gather(t, loopback(t), ice.Controlled)
	w := dialAgent(t, a)
	first, _ := asking(t, alice, a.own, ice.Controlling, false)
	w.send(first, framed(make([]byte, 40_000)), framed(make([]byte, 40_000)))
	if !w.closed(5 * time.Second) {
		t.Error("more than one frame is kept")
	}
}

// The controlling end's data may come with its check too, and what we say first may come with our
// answer: both directions at the moment of nomination.
func TestControllingEndHearsAtOnce(t *testing.T) {
	leak.Check(t)
	a := gather(t, loopback(t), ice.Controlling)
	w := dialAgent(t, a)
	connected := make(chan error, 1)
	go func() {
		far := farEnd(bob)
		conn, err := a.Connect(t.Context(), func(context.Context) (ice.Description, error) { return far, nil })
		if err == nil {
			hear(t, conn, "server speaks first")
			err = conn.Close()
		}
		connected <- err
	}()
	for {
		m := w.message()
		if code := authenticate(m, bob); code != 0 {
			t.Fatalf("our check is wrong: %d", code)
		}
		if role, tie, ok := claim(m); role != ice.Controlling || tie != a.tie || !ok {
			t.Errorf("the check claims %v, %x", role, tie)
		}
		answer, err := success(m, addrPort(w.LocalAddr()), bob)
		if err != nil {
			t.Fatal(err)
		}
		if m.Contains(stun.AttrUseCandidate) {
			w.send(framed(answer), framed([]byte("server speaks first")))
			break
		}
		w.send(framed(answer))
	}
	if err := <-connected; err != nil {
		t.Error(err)
	}
}
