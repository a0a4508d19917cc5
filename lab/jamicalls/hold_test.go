// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/lab/bell"
	"bellwire/lab/jamid"
	"bellwire/media/audio"
	"bellwire/web"
)

const holds = 10

// TestHoldWithJami holds and resumes one call many times from each side. Whoever is held hears nothing,
// and the tone again afterwards; then telephone keys go both ways.
func TestHoldWithJami(t *testing.T) {
	peer.NeedRoot(t)
	leak.Check(t)
	place := NewPlace(t, IPv4, 2)
	p := &pair{bell: place.NewBellwire(t, 0), jami: place.NewJami(t, 1, jamiTone)}
	i := p.ring(t)
	i.answer(t, p)
	h := &holding{pair: p, call: i, ear: p.jami.Listen(t), began: p.bell.Await(t, i.since, i.id, "established").Time}
	for range holds {
		h.once(t, func() { p.bell.Act(t, i.id, "hold", nil) }, func() { p.bell.Act(t, i.id, "resume", nil) })
	}
	for range holds {
		h.once(t, func() { i.out.Hold(t) }, func() { i.out.Resume(t) })
	}
	keysBothWays(t, p, i)
	i.out.HangUp(t)
	i.over(t, p, "hung up")
	for n, s := range h.quiet {
		pcm, rate := i.heard.part(t, s.from+300*time.Millisecond, s.to) // the buffer runs empty first
		if share := audio.FindTone(pcm, rate, jamiTone); share.Windows > 0 {
			t.Errorf("hold %d, %v: Bellwire hears something in %d windows", n+1, s, share.Windows)
		}
	}
	p.nothingIsLeft(t)
}

// holding is a call that is held again and again.
type holding struct {
	*pair
	call  *incoming
	ear   *jamid.Ear
	began time.Time // when Bellwire's recording did
	quiet []span
}

// span is a part of a call, in the time since its answer.
type span struct{ from, to time.Duration }

// once holds and resumes. What Bellwire hears meanwhile is looked at when the call is over.
func (h *holding) once(t *testing.T, hold, resume func()) {
	t.Helper()
	hold()
	s := span{from: time.Since(h.began)}
	h.ear.AwaitSilence(t, limit)
	h.ear.AwaitSilence(t, limit) // and as long again
	s.to = time.Since(h.began)
	h.quiet = append(h.quiet, s)
	resume()
	h.ear.Hear(t, bellTone, jamiTone, limit)
	h.call.heard.HearSince(t, s.to, jamiTone, bellTone)
}

// keysBothWays presses keys at either side of a call. Jami takes none; its call goes on.
func keysBothWays(t *testing.T, p *pair, i *incoming) {
	t.Helper()
	const keys = "0123456789*#"
	since := p.bell.Now()
	p.jami.Press(t, keys)
	for _, key := range keys {
		_, next, err := p.bell.Engine.Await(since, limit, func(e bell.Event) bool { return e.Call == i.id && e.Event == "digit" })
		if err != nil {
			t.Fatalf("wait for the key %c: %v", key, err)
		}
		if e, _ := bell.ParseEvent(p.bell.Engine.Lines(next - 1)[0]); e.Digit != string(key) {
			t.Fatalf("the key %q came, want %c", e.Digit, key)
		}
		since = next
	}
	p.bell.Act(t, i.id, "keys", web.Keys{Keys: "159D"})
	ear := p.jami.Listen(t)
	defer ear.Stop()
	ear.Hear(t, bellTone, jamiTone, limit)
	if states := i.out.States(); states[len(states)-1].Name != jamid.Current {
		t.Errorf("after keys from Bellwire the call at Jami is %v", states)
	}
}
