// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package icetcp

import (
	"os"
	"strings"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/lab/bell"
	"bellwire/lab/jamid"
)

// One relay is enough for ends that do not reach one another: that of the end that was asked, which
// knows from the offer whom to let in, or, since we try again until it does, Jami's in any case. Only when
// we call and are the one with the relay there is no way: Jami tries it once, before its answer with
// its address has reached us.
func TestThroughOneRelay(t *testing.T) {
	t.Run("of Jami, called by us", func(t *testing.T) {
		leak.Check(t)
		w := newWorld(t, relays{jami: true})
		since, begin := w.jami.Now(), time.Now()
		run := w.bell.Start(t, "call", w.jami.ID)
		w.jami.Incoming(t, since, limit)
		t.Log("it rings after", time.Since(begin))
		run.Signal(os.Interrupt)
		run.ExitCode(t, limit)
		if c := w.connection(t); !strings.Contains(c, "accepted=false relayed=true") {
			t.Error(c)
		}
	})
	for name, c := range map[string]struct {
		relays
		want string
	}{
		"of Jami, which calls us": {relays{jami: true}, "accepted=false relayed=true"},
		"of us, called by Jami":   {relays{bell: true}, "accepted=true relayed=true"},
	} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			w := newWorld(t, c.relays)
			begin := time.Now()
			w.jami.Call(t, w.id)
			if _, _, err := w.engine.Await(0, limit, bell.State("ringing")); err != nil {
				t.Fatal(err)
			}
			t.Log("it rings after", time.Since(begin))
			if got := w.connection(t); !strings.Contains(got, c.want) {
				t.Error(got)
			}
		})
	}
}

// Jami sends an indication over the connection every 20 s, which TLS must not see.
func TestSilence(t *testing.T) {
	leak.Check(t)
	w := newWorld(t, relays{})
	out, in := w.call(t)
	time.Sleep(25 * time.Second) // it is the time that matters
	in.HangUp(t)
	if e, _, err := out.Await(0, limit, bell.State("ended")); err != nil || e.Reason != "hung up" {
		t.Errorf("the call ends with %q, %v", e.Reason, err)
	}
}

// Each learns of the death of the other's process: we at once, Jami when it next says something, which is
// soon, and fails then, because our kernel resets the connection.
func TestDeath(t *testing.T) {
	t.Run("Bellwire's", func(t *testing.T) {
		leak.Check(t)
		w := newWorld(t, relays{})
		_, in := w.call(t)
		begin := time.Now()
		w.engine.Kill()
		in.Await(t, limit, jamid.Over)
		t.Log("Jami knows after", time.Since(begin))
	})
	t.Run("Jami's", func(t *testing.T) {
		leak.Check(t)
		w := newWorld(t, relays{})
		out, _ := w.call(t)
		begin := time.Now()
		w.jami.Kill()
		if _, _, err := out.Await(0, limit, bell.State("ended")); err != nil {
			t.Fatal(err)
		}
		t.Log("Bellwire knows after", time.Since(begin))
	})
}
