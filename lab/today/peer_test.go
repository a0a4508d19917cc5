// SPDX-License-Identifier: GPL-3.0-or-later

package today_test

import (
	"testing"
	"time"

	"bellwire/call/calltest"
	"bellwire/identity"
	"bellwire/lab/today"
)

func idOf(t testing.TB, p *today.Peer) identity.AccountID {
	t.Helper()
	id, err := identity.ParseAccountID(p.ID())
	must(t, err)
	return id
}

// Two peers call one another: what is tested against them rests on this.
func TestPeersCallOneAnother(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		alice, bob := w.peer("alice", "alice"), w.peer("bob", "bob", public)
		heardByAlice, heardByBob := &calltest.Ear{}, &calltest.Ear{}
		answered := make(chan *today.Call, 1)
		go func() {
			c, err := bob.NextCall(soon(t))
			if err != nil {
				t.Error(err)
				return
			}
			if c.From != alice.ID() {
				t.Errorf("the call is from %s", c.From)
			}
			if err := c.Answer(soon(t), today.Setup{Source: &calltest.Tone{Hz: 770}, Sink: heardByBob}); err != nil {
				t.Error(err)
			}
			answered <- c
		}()
		begin := time.Now()
		c, err := alice.Dial(soon(t), idOf(t, bob), today.Setup{Source: &calltest.Tone{Hz: 440}, Sink: heardByAlice})
		must(t, err)
		t.Logf("the call took %v", time.Since(begin))
		atBob := <-answered
		hears(t, heardByAlice, 770)
		hears(t, heardByBob, 440)
		must(t, c.Hold(soon(t)))
		time.Sleep(time.Second)
		must(t, c.Resume(soon(t)))
		hears(t, heardByAlice, 770)
		hears(t, heardByBob, 440)
		must(t, c.Hangup(soon(t)))
		<-atBob.Done()
	})
}

// hears checks that a tone arrives.
func hears(t testing.TB, ear *calltest.Ear, hz float64) {
	t.Helper()
	time.Sleep(300 * time.Millisecond) // until the buffers are full
	if purity := ear.Purity(hz, 300*time.Millisecond); purity < 0.8 {
		t.Errorf("%v Hz has a share of %.2f in what is heard", hz, purity)
	}
}
