// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/lab/jamid"
)

const (
	// notice is how long Bellwire may talk to a dead one.
	notice = 10 * time.Second
	// jamiNotice is what this version of Jami takes: it is told at once, by a reset of the connection, but
	// looks only when it sends its next sign of life.
	jamiNotice = 25 * time.Second
)

// TestCrashesInACallWithJami kills either program without warning, and cuts the wire between them. Who is
// left learns of it in time, and the next calls are as any others.
func TestCrashesInACallWithJami(t *testing.T) {
	peer.NeedRoot(t)
	leak.Check(t)
	place := NewPlace(t, IPv4, 2)
	p := &pair{bell: place.NewBellwire(t, 0), jami: place.NewJami(t, 1, jamiTone)}

	i := p.established(t)
	since := time.Now()
	p.jami.Kill()
	i.lost(t, p, since)
	p.jami.Restart(t)
	p.jami.AwaitRegistered(t)
	p.nextCalls(t)

	i = p.established(t)
	since = time.Now()
	place.star.Hub.Forward(t, false)
	i.lost(t, p, since)
	place.star.Hub.Forward(t, true)
	i.out.HangUp(t) // Jami does not notice
	p.nextCalls(t)

	i = p.established(t)
	since = time.Now()
	p.bell.Engine.Kill()
	s := i.out.Await(t, limit, jamid.Over)
	t.Logf("Jami learns of the death of Bellwire after %v", s.At.Sub(since))
	if s.At.Sub(since) > jamiNotice {
		t.Error("that is too late")
	}
	p.bell.Up(t)
	p.nextCalls(t)
}

// established is a call from Jami with sound both ways.
func (p *pair) established(t *testing.T) *incoming {
	t.Helper()
	i := p.ring(t)
	i.answer(t, p)
	return i
}

// lost checks that Bellwire gives the call up in time.
func (i *incoming) lost(t *testing.T, p *pair, since time.Time) {
	t.Helper()
	i.over(t, p, "connection lost")
	if took := time.Since(since); took > notice {
		t.Errorf("Bellwire notices after %v that nobody is there", took)
	}
}

// nextCalls calls both ways.
func (p *pair) nextCalls(t *testing.T) {
	t.Helper()
	outCalleeHangsUp(t, p)
	inCallerHangsUp(t, p)
	p.nothingIsLeft(t)
}
