// SPDX-License-Identifier: GPL-3.0-or-later

package engine_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// watching collects events as text: "+id data", "-id", and "=id" for what was stored once more.
type watching struct {
	events []string
	w      *engine.Watch
}

func (l *lab) watch(q wire.Query) *watching {
	o := &watching{}
	l.do(func(e *engine.Engine, now time.Time) {
		o.w = e.Listen(now, key, q, func(ev engine.Event) {
			if ev.Expired {
				o.events = append(o.events, fmt.Sprintf("-%d", ev.Value.ID))
			} else if ev.Refreshed {
				o.events = append(o.events, fmt.Sprintf("=%d", ev.Value.ID))
			} else {
				o.events = append(o.events, fmt.Sprintf("+%d %s", ev.Value.ID, ev.Value.Data))
			}
		})
	})
	return o
}

// listeners returns the peers at which the engine listens.
func listeners(peers []*peer) (at []*peer) {
	for _, p := range peers {
		if len(p.sids) > 0 {
			at = append(at, p)
		}
	}
	return at
}

func TestListenAtFourAndRenew(t *testing.T) {
	l := newLab(t)
	peers := l.join(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	l.watch(wire.Query{})
	l.run(2 * time.Second)
	slices.SortFunc(peers, func(a, b *peer) int { return key.CompareDistance(a.id, b.id) })
	for i, p := range peers {
		if has := p.count(wire.Listen) == 1; has != (i < 4) {
			t.Errorf("the node at place %d was asked %d times", i, p.count(wire.Listen))
		}
	}
	for _, p := range peers[:4] {
		p.heard = nil
	}
	l.run(100 * time.Second)
	for _, p := range peers[:4] {
		if p.count(wire.Listen) != 0 || p.count(wire.Ping) != 3 {
			t.Errorf("asked again %d times in 102 s, and pinged %d times", p.count(wire.Listen), p.count(wire.Ping))
		}
	}
	l.run(20 * time.Second)
	for _, p := range peers[:4] {
		if p.count(wire.Listen) != 1 || len(p.sids) != 1 {
			t.Errorf("asked again %d times in 122 s, with %d socket ids", p.count(wire.Listen), len(p.sids))
		}
	}
	l.run(30 * time.Minute)
	for _, p := range peers[:4] {
		last := p.heard[len(p.heard)-1]
		if l.now.Sub(last.at) > 29*time.Second {
			t.Errorf("not renewed for %v", l.now.Sub(last.at))
		}
	}
}

// Where no translator stands in between, nodes are pinged less often.
func TestDirectNodesArePingedLess(t *testing.T) {
	own := false
	l := newLab(t, func(cfg *engine.Config) {
		cfg.Own = func(a netip.Addr) bool { return own && a == addr(99).Addr() } // where the peers see us
	})
	p := l.join(1)[0]
	l.watch(wire.Query{})
	l.run(2 * time.Second)
	for _, translated := range []bool{true, false, true} {
		own = !translated
		l.run(10 * time.Minute) // what is known of our addresses becomes old
		p.heard = nil
		begin := l.now
		l.run(20 * time.Minute)
		longest, last := time.Duration(0), begin
		for _, s := range p.heard {
			longest, last = max(longest, s.at.Sub(last)), s.at
		}
		if limit := 29 * time.Second; translated != (longest < limit) || longest > 56*time.Second {
			t.Errorf("translated: %v, silent for %v", translated, longest)
		}
	}
}

// A node at which several keys are watched is asked for all of them every two minutes, and for one of them
// often enough to see that it is there.
func TestRegistrationsShareTheirRenewals(t *testing.T) {
	l := newLab(t)
	peers := l.join(1, 2, 3)
	keys := make([]wire.Hash, 5)
	for i := range keys {
		keys[i] = id(byte(100 + i))
		l.do(func(e *engine.Engine, now time.Time) { e.Listen(now, keys[i], wire.Query{}, func(engine.Event) {}) })
	}
	l.run(time.Minute)
	for _, p := range peers {
		p.heard = nil
	}
	begin := l.now
	l.run(20 * time.Minute)
	for i, p := range peers {
		last := map[wire.Hash]time.Time{}
		any := begin
		for _, s := range p.heard {
			if silent := s.at.Sub(any); silent > 36*time.Second {
				t.Fatalf("node %d was not asked anything for %v", i, silent)
			}
			any = s.at
			if s.m.Kind != wire.Listen {
				continue
			}
			if before, known := last[s.m.Target]; known && s.at.Sub(before) > 121*time.Second {
				t.Fatalf("node %d: a registration was %v old", i, s.at.Sub(before))
			}
			last[s.m.Target] = s.at
		}
		if n := p.count(wire.Listen); len(last) != len(keys) || n > 55 {
			t.Errorf("node %d was asked %d times in 20 min for %d keys, want each every 2 min", i, n, len(last))
		}
	}
}

func TestWatchEvents(t *testing.T) {
	l := newLab(t)
	peers := l.join(1, 2, 3, 4)
	o := l.watch(wire.Query{})
	l.run(time.Second)
	one, two := signed(t, 6, 1, "one"), signed(t, 6, 2, "two")
	for _, p := range peers {
		if out := p.update(key, wire.Message{Target: key, Updates: true, Values: packed(text(5, "x"), one)}); !slices.Contains(kinds(out, p.id[0]), wire.Reply) {
			t.Error("an update was not confirmed")
		}
	}
	for _, p := range peers[:2] {
		p.update(key, wire.Message{Target: key, Updates: true, Values: packed(two)})
	}
	want := []string{"+5 x", "+6 one", "+6 two"}
	if !slices.Equal(o.events, want) {
		t.Fatalf("events %q", o.events)
	}
	for i, p := range peers {
		p.update(key, wire.Message{Expired: []uint64{5}})
		if gone := slices.Contains(o.events, "-5"); gone != (i == 3) {
			t.Errorf("after node %d: %q", i, o.events)
		}
	}
}

func TestForgedUpdatesAreNotReported(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	o := l.watch(wire.Query{})
	l.run(time.Second)
	forged := *signed(t, 6, 1, "one")
	forged.Data = []byte("two")
	p.update(key, wire.Message{Target: key, Updates: true, Values: packed(&forged)})
	if len(o.events) != 0 {
		t.Errorf("events %q", o.events)
	}
}

// Without a word from its node a value is forgotten at the end of its lifetime; a refresh begins that
// again.
func TestWatchedValuesExpire(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	o := l.watch(wire.Query{})
	l.run(time.Second)
	p.update(key, wire.Message{Target: key, Updates: true, Values: packed(text(5, "x"))})
	l.run(9 * time.Minute)
	p.update(key, wire.Message{Refreshed: []uint64{5}})
	l.run(9 * time.Minute)
	if len(o.events) != 2 {
		t.Fatalf("events %q", o.events)
	}
	l.run(61 * time.Second)
	if !slices.Equal(o.events, []string{"+5 x", "=5", "-5"}) {
		t.Errorf("events %q", o.events)
	}
}

// A value that is stored once more shows that its publisher is alive; a packet that comes twice does not.
func TestWatchedValuesAreStoredAgain(t *testing.T) {
	l := newLab(t)
	peers := l.join(1, 2)
	o := l.watch(wire.Query{})
	l.run(time.Second)
	one := packed(signed(t, 6, 1, "one"))
	want := []string{"+6 one"}
	for _, step := range []struct {
		after time.Duration
		peer  int
		m     wire.Message
		told  bool
	}{
		{0, 0, wire.Message{Target: key, Updates: true, Values: one}, false},
		{time.Second, 0, wire.Message{Target: key, Updates: true, Values: one}, false},
		{20 * time.Second, 1, wire.Message{Target: key, Updates: true, Values: one}, false}, // new there
		{20 * time.Second, 0, wire.Message{Target: key, Updates: true, Values: one}, true},
		{time.Second, 0, wire.Message{Refreshed: []uint64{6}}, false},
		{20 * time.Second, 1, wire.Message{Refreshed: []uint64{6, 7}}, true},
	} {
		l.run(step.after)
		peers[step.peer].update(key, step.m)
		if step.told {
			want = append(want, "=6")
		}
		if !slices.Equal(o.events, want) {
			t.Fatalf("events %q, want %q", o.events, want)
		}
	}
}

func TestListenElsewhereWhenNodeDies(t *testing.T) {
	l := newLab(t)
	peers := l.join(1, 2, 3, 4, 5, 6, 7, 8)
	l.watch(wire.Query{})
	l.run(time.Second)
	at := listeners(peers)
	at[0].dead = true
	l.run(40 * time.Second)
	if now := listeners(peers); len(now) != 5 {
		t.Errorf("listening at %d nodes, the dead one included", len(now))
	}
}

func TestListenAtNewlyCloseNode(t *testing.T) {
	l := newLab(t)
	l.join(1, 2, 3, 4, 5, 6)
	l.watch(wire.Query{})
	l.run(30 * time.Second)
	near := l.peer(0)
	near.id, near.addr = key, addr(77)
	near.id[19] ^= 1
	l.peers[near.addr] = near
	l.packet(near.addr, wire.Message{Kind: wire.Ping, ID: near.id})
	l.run(time.Second)
	if len(near.sids) != 1 {
		t.Error("not listening at the node next to the key")
	}
}

func TestCancelledWatchIsSilent(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	o := l.watch(wire.Query{})
	l.run(time.Second)
	l.do(func(e *engine.Engine, now time.Time) { o.w.Cancel(now) })
	asked := p.count(wire.Listen)
	if out := p.update(key, wire.Message{Target: key, Updates: true, Values: packed(text(5, "x"))}); !slices.Contains(kinds(out, 1), wire.Reply) {
		t.Error("the update was not confirmed")
	}
	l.run(10 * time.Minute)
	if len(o.events) != 0 || p.count(wire.Listen) != asked {
		t.Errorf("events %q, %d more requests", o.events, p.count(wire.Listen)-asked)
	}
}

// Very old nodes push values as replies to the socket id.
func TestPushInOldForm(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	o := l.watch(wire.Query{})
	l.run(time.Second)
	for sid := range p.sids {
		l.packet(p.addr, wire.Message{Kind: wire.Reply, TID: sid, ID: p.id, Values: packed(text(5, "x"))})
		l.packet(p.addr, wire.Message{Kind: wire.OldUpdate, TID: sid, ID: p.id, Expired: []uint64{5}})
	}
	if !slices.Equal(o.events, []string{"+5 x", "-5"}) {
		t.Errorf("events %q", o.events)
	}
}

// The node's own store is watched too.
func TestWatchOwnStore(t *testing.T) {
	l := newLab(t)
	l.put(1, text(4, "before"))
	o := l.watch(wire.Query{})
	l.put(1, text(5, "after"))
	l.run(11 * time.Minute)
	slices.Sort(o.events)
	if !slices.Equal(o.events, []string{"+4 before", "+5 after", "-4", "-5"}) {
		t.Errorf("events %q", o.events)
	}
}

// What one node can make a watch keep is bounded.
func TestWatchIsBounded(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	o := l.watch(wire.Query{})
	l.run(time.Second)
	for i := range uint64(200) {
		var vs []*value.Value
		for j := range uint64(40) {
			vs = append(vs, text(1+i*40+j, "x"))
		}
		p.update(key, wire.Message{Target: key, Updates: true, Values: packed(vs...)})
		l.run(10 * time.Millisecond)
	}
	if len(o.events) != 4096 {
		t.Errorf("%d values", len(o.events))
	}
}
