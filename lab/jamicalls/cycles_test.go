// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"os"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/internal/peer"
)

// soakVariable asks for the long forms of the tests of this file when it is 1.
const soakVariable = "BELLWIRE_SOAK"

func soaking() bool { return os.Getenv(soakVariable) == "1" }

const (
	cycles, manyCycles = 10, 200
	warmUp             = 2 // cycles, one in either direction
	reportEvery        = 20
)

// TestCallCyclesWithJami lets two call each other in turns, and hang up in turns. Neither program may
// grow by it: at the end Bellwire has the sockets, files and goroutines that it had after the first
// calls, and so has Jami its sockets and files.
func TestCallCyclesWithJami(t *testing.T) {
	peer.NeedRoot(t)
	leak.Check(t)
	place := NewPlace(t, Both, 2)
	p := &pair{bell: place.NewBellwire(t, 0), jami: place.NewJami(t, 1, jamiTone)}
	both := []*growth{
		{name: "Bellwire", program: p.bell.Engine.Process, machine: place.star.Ends[0], client: p.bell.Client},
		{name: "Jami", program: p.jami.Process, machine: place.star.Ends[1]},
	}
	count := cycles
	if soaking() {
		count = manyCycles
	}
	kinds := []func(*testing.T, *pair){outCallerHangsUp, inCallerHangsUp, outCalleeHangsUp, inCalleeHangsUp}
	for n := range count {
		kinds[n%len(kinds)](t, p)
		p.nothingIsLeft(t)
		if t.Failed() {
			t.Fatalf("call %d of %d failed", n+1, count)
		}
		for _, g := range both {
			if n == warmUp {
				g.settle(t)
			}
			g.sample(t)
			if n%reportEvery == 0 || n == count-1 {
				g.report(t, n+1)
			}
		}
	}
	for _, g := range both {
		g.check(t)
	}
}

const longCall = 30 * time.Minute

// TestLongCallWithJami is one call of half an hour, longer than the sequence numbers of RTP last, in
// which nothing may be missing.
func TestLongCallWithJami(t *testing.T) {
	peer.NeedRoot(t)
	if !soaking() {
		t.Skipf("%s=1 is not set: no call of %v", soakVariable, longCall)
	}
	leak.Check(t)
	place := NewPlace(t, Both, 2)
	p := &pair{bell: place.NewBellwire(t, 0), jami: place.NewJami(t, 1, jamiTone)}
	both := []*growth{
		{name: "Bellwire", program: p.bell.Engine.Process, machine: place.star.Ends[0], client: p.bell.Client},
		{name: "Jami", program: p.jami.Process, machine: place.star.Ends[1]},
	}
	i := p.ring(t)
	i.answer(t, p)
	minutes := time.NewTicker(time.Minute)
	defer minutes.Stop()
	for n := range int(longCall / time.Minute) {
		<-minutes.C
		ear := p.jami.Listen(t)
		ear.Hear(t, bellTone, jamiTone, limit)
		ear.Stop()
		for _, g := range both {
			if n == warmUp {
				g.settle(t)
			}
			g.sample(t)
			g.report(t, n+1)
		}
	}
	for _, g := range both {
		g.check(t)
	}
	i.out.HangUp(t)
	i.over(t, p, "hung up")
	p.nothingIsLeft(t)
	seconds, bad := i.heard.disturbed(t, jamiTone)
	t.Logf("%d of %d seconds at Bellwire have something else than the tone", bad, seconds)
	if want := int(longCall.Seconds()) - 1; seconds < want || bad > seconds/100 {
		t.Errorf("%d of %d seconds are disturbed, want %d seconds and at most one of a hundred disturbed", bad, seconds, want)
	}
}
