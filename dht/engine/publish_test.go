// SPDX-License-Identifier: GPL-3.0-or-later

package engine_test

import (
	"testing"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

func (l *lab) publish(v *value.Value) *engine.Put {
	l.t.Helper()
	var put *engine.Put
	l.do(func(e *engine.Engine, now time.Time) {
		var err error
		if put, err = e.Publish(now, key, v); err != nil {
			l.t.Fatal(err)
		}
	})
	return put
}

// A permanent value is announced again ten seconds before its lifetime ends, by a question and a
// refresh.
func TestPublishRefreshesInTime(t *testing.T) {
	for name, c := range map[string]struct {
		v      *value.Value
		period time.Duration
	}{
		"user data":      {text(5, "x"), 590 * time.Second},
		"signed":         {signed(t, 5, 1, "x"), 590 * time.Second},
		"ICE candidates": {&value.Value{ID: 5, Type: 5, Data: []byte{0x92, 1, 0xc4, 0}}, 50 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			p := l.join(1)[0]
			l.publish(c.v)
			l.run(time.Second)
			if p.count(wire.Put) != 1 || p.count(wire.Refresh) != 0 {
				t.Fatalf("%d puts, %d refreshes at first", p.count(wire.Put), p.count(wire.Refresh))
			}
			l.run(c.period - 2*time.Second)
			if p.count(wire.Refresh) != 0 {
				t.Error("refreshed too early")
			}
			probes := p.count(wire.Get)
			l.run(3 * time.Second)
			if p.count(wire.Put) != 1 || p.count(wire.Refresh) != 1 || p.count(wire.Get) != probes+1 {
				t.Errorf("then %d puts, %d refreshes, %d probes", p.count(wire.Put), p.count(wire.Refresh), p.count(wire.Get)-probes)
			}
		})
	}
}

func TestPublishAgainWhereValueWasLost(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	l.publish(text(5, "x"))
	l.run(time.Second)
	clear(p.store)
	l.run(10 * time.Minute)
	if p.count(wire.Put) != 2 {
		t.Errorf("%d puts", p.count(wire.Put))
	}
}

func TestPublishToNewlyCloseNode(t *testing.T) {
	l := newLab(t)
	l.join(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	l.publish(text(5, "x"))
	l.run(time.Minute)
	near := l.peer(0)
	near.id = key
	near.id[19] ^= 1
	near.addr = addr(77)
	l.peers[near.addr] = near
	l.packet(near.addr, wire.Message{Kind: wire.Ping, ID: near.id})
	l.run(time.Second)
	if near.count(wire.Put) != 1 {
		t.Error("a node that turned up next to the key has not got the value")
	}
}

// A node that has an older version is sent the new one.
func TestPublishNewVersion(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	l.publish(signed(t, 5, 1, "one"))
	l.run(time.Second)
	l.publish(signed(t, 5, 2, "two"))
	l.run(time.Second)
	if got := p.store[key]; len(got) != 1 || got[0].Seq != 2 {
		t.Errorf("stored %+v", got)
	}
	puts := p.count(wire.Put)
	l.run(20 * time.Minute)
	if p.count(wire.Put) != puts {
		t.Error("the old version is announced still")
	}
}

func TestStopPublishing(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	put := l.publish(text(5, "x"))
	l.run(time.Minute)
	l.do(func(e *engine.Engine, now time.Time) { put.Cancel(now) })
	probes := p.count(wire.Get)
	l.run(30 * time.Minute)
	if p.count(wire.Refresh) != 0 || p.count(wire.Get) != probes || l.e.Holds(l.now, key) {
		t.Error("the value is announced still, or kept by us")
	}
}

// What is published before anybody is known is announced as soon as somebody is.
func TestPublishBeforeConnected(t *testing.T) {
	l := newLab(t)
	l.publish(text(5, "x"))
	l.run(time.Minute)
	p := l.join(1)[0]
	l.run(time.Minute)
	if p.count(wire.Put) != 1 {
		t.Errorf("%d puts", p.count(wire.Put))
	}
}

func TestPermanentValuesStayInOurStore(t *testing.T) {
	l := newLab(t)
	l.publish(text(5, "x"))
	l.run(time.Hour)
	if !l.e.Holds(l.now, key) {
		t.Error("the published value expired at home")
	}
}
