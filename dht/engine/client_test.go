// SPDX-License-Identifier: GPL-3.0-or-later

package engine_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// outcome takes what a get brings.
type outcome struct {
	values []*value.Value
	done   bool
	err    error
}

func (o *outcome) Value(v *value.Value) { o.values = append(o.values, v) }
func (o *outcome) Done(err error)       { o.done, o.err = true, err }

func (l *lab) lookup(q wire.Query) *outcome {
	o := &outcome{}
	l.do(func(e *engine.Engine, now time.Time) { e.Get(now, key, q, o) })
	return o
}

func (l *lab) store(v *value.Value) *error {
	result := new(error)
	*result = errPending
	l.do(func(e *engine.Engine, now time.Time) { e.Put(now, key, v, func(err error) { *result = err }) })
	return result
}

type pendingError struct{}

func (pendingError) Error() string { return "still pending" }

var errPending = pendingError{}

// A request is sent three times, after about 1 s and 2 s more, and given up about 4 s later; what else
// waits for the node then fails too.
func TestRetransmission(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	p.dead = true
	p.heard = nil
	began := l.now
	o := l.lookup(wire.Query{})
	for !o.done && l.now.Sub(began) < time.Minute {
		l.run(10 * time.Millisecond)
	}
	if p.count(wire.Get) != 3 {
		t.Fatalf("sent %d times", p.count(wire.Get))
	}
	ends := []time.Time{began}
	for _, s := range p.heard[1:] {
		ends = append(ends, s.at)
	}
	ends = append(ends, l.now)
	for i, limits := range [][2]time.Duration{{1000, 1250}, {2000, 2750}, {4000, 5760}} {
		if wait := ends[i+1].Sub(ends[i]); wait < limits[0]*time.Millisecond || wait > limits[1]*time.Millisecond {
			t.Errorf("wait %d was %v", i+1, wait)
		}
	}
	if !errors.Is(o.err, engine.ErrNoNodes) {
		t.Errorf("ended with %v", o.err)
	}
}

func TestAnswerRevivesExpiredNode(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	p.dead = true
	l.lookup(wire.Query{})
	l.run(20 * time.Second)
	if l.e.Connected(l.now) {
		t.Fatal("still connected")
	}
	p.dead = false
	l.do(func(e *engine.Engine, now time.Time) { e.Ping(now, p.addr) })
	l.run(time.Second)
	if !l.e.Connected(l.now) {
		t.Error("the node answered and is not good")
	}
}

func TestGet(t *testing.T) {
	l := newLab(t)
	peers := l.join(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	sig := signed(t, 6, 1, "signed")
	forged := *signed(t, 8, 1, "genuine")
	forged.Data = []byte("forged")
	for _, p := range peers {
		p.keep(key, text(5, "plain"))
		p.keep(key, sig)
	}
	peers[0].keep(key, &forged)
	o := l.lookup(wire.Query{})
	l.run(5 * time.Second)
	if !o.done || o.err != nil {
		t.Fatalf("ended: %v, %v", o.done, o.err)
	}
	var ids []uint64
	for _, v := range o.values {
		ids = append(ids, v.ID)
	}
	slices.Sort(ids)
	if !slices.Equal(ids, []uint64{5, 6}) {
		t.Errorf("found %v", ids)
	}
	asked := 0
	for _, p := range peers {
		asked += p.count(wire.Get)
	}
	if asked > len(peers) {
		t.Errorf("%d requests for %d nodes", asked, len(peers))
	}
}

func TestGetFilters(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	p.keep(key, text(5, "five"))
	p.keep(key, text(6, "six"))
	o := l.lookup(wire.Query{Where: []wire.Condition{wire.WhereID(6)}})
	l.run(time.Second)
	if len(o.values) != 1 || o.values[0].ID != 6 {
		t.Errorf("found %v", o.values)
	}
}

// A newer version of a signed value is handed over although an older one came first.
func TestGetNewerVersion(t *testing.T) {
	l := newLab(t)
	peers := l.join(1, 2)
	peers[0].keep(key, signed(t, 6, 1, "one"))
	peers[1].keep(key, signed(t, 6, 2, "two"))
	peers[1].rtt = 200 * time.Millisecond
	o := l.lookup(wire.Query{})
	l.run(5 * time.Second)
	if len(o.values) != 2 || string(o.values[1].Data) != "two" {
		t.Errorf("found %d values", len(o.values))
	}
}

// Under a key with much in it the copies are not all sent: nodes are asked which ids they have.
func TestGetFromHeavyKey(t *testing.T) {
	l := newLab(t)
	peers := l.join(1, 2, 3, 4, 5, 6, 7, 8)
	for i := range uint64(40) {
		for _, p := range peers {
			p.keep(key, text(i+1, string(make([]byte, 4000))))
		}
	}
	peers[7].keep(key, text(99, "only here"))
	for _, p := range peers[4:] {
		p.rtt = 100 * time.Millisecond
	}
	o := l.lookup(wire.Query{})
	l.run(5 * time.Second)
	if !o.done || len(o.values) != 41 {
		t.Errorf("found %d values, ended: %v", len(o.values), o.done)
	}
}

func TestGetWithoutNodes(t *testing.T) {
	l := newLab(t)
	o := l.lookup(wire.Query{})
	if !o.done || !errors.Is(o.err, engine.ErrNoNodes) {
		t.Errorf("ended: %v, %v", o.done, o.err)
	}
}

func TestGetOfNothing(t *testing.T) {
	l := newLab(t)
	l.join(1, 2, 3)
	o := l.lookup(wire.Query{})
	l.run(time.Second)
	if !o.done || o.err != nil || len(o.values) != 0 {
		t.Errorf("ended %v with %v", o.done, o.err)
	}
}

// A value goes to the eight nodes closest to the key, once each.
func TestPut(t *testing.T) {
	for name, v := range map[string]*value.Value{"unsigned": text(5, "x"), "signed": signed(t, 5, 1, "x")} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			var numbers []byte
			for i := range byte(12) {
				numbers = append(numbers, 3+21*i)
			}
			peers := l.join(numbers...)
			err := l.store(v)
			l.run(5 * time.Second)
			if *err != nil {
				t.Fatal(*err)
			}
			slices.SortFunc(peers, func(a, b *peer) int { return key.CompareDistance(a.id, b.id) })
			for i, p := range peers {
				if has := len(p.store[key]) > 0; has != (i < 8) {
					t.Errorf("the node at place %d has the value: %v", i, has)
				}
				if n := p.count(wire.Put); n > 1 {
					t.Errorf("the node at place %d was sent it %d times", i, n)
				}
			}
			l.run(20 * time.Minute)
			for _, p := range peers {
				if p.count(wire.Put) > 1 {
					t.Error("a value put once is announced again")
				}
			}
		})
	}
}

func TestPutWithoutNodes(t *testing.T) {
	l := newLab(t)
	if err := l.store(text(5, "x")); !errors.Is(*err, engine.ErrNoNodes) {
		t.Errorf("ended with %v", *err)
	}
	if !l.e.Holds(l.now, key) {
		t.Error("our own store has it not")
	}
}

func TestPutToTheSilent(t *testing.T) {
	l := newLab(t)
	for _, p := range l.join(1, 2) {
		p.dead = true
	}
	err := l.store(text(5, "x"))
	l.run(30 * time.Second)
	if !errors.Is(*err, engine.ErrNoNodes) {
		t.Errorf("ended with %v", *err)
	}
}

// Unsigned and encrypted values are never put where their id belongs to a signed one.
func TestPutUnderTakenID(t *testing.T) {
	encrypted := &value.Value{ID: 5, Cypher: []byte("cypher")}
	for name, v := range map[string]*value.Value{"unsigned": text(5, "x"), "encrypted": encrypted} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			peers := l.join(1, 2, 3, 4)
			for _, p := range peers[:3] {
				p.keep(key, signed(t, 5, 0, "theirs"))
			}
			err := l.store(v)
			l.run(5 * time.Second)
			if !errors.Is(*err, engine.ErrIDTaken) {
				t.Errorf("ended with %v", *err)
			}
			for i, p := range peers {
				if p.count(wire.Put) > 0 {
					t.Errorf("node %d was sent the value", i)
				}
			}
		})
	}
}

// One node alone cannot keep a value out.
func TestPutDespiteOneLiar(t *testing.T) {
	l := newLab(t)
	peers := l.join(1, 2, 3, 4)
	peers[0].keep(key, signed(t, 5, 1, "liar"))
	err := l.store(text(5, "x"))
	l.run(5 * time.Second)
	if *err != nil || peers[0].count(wire.Put) != 0 || peers[1].count(wire.Put) != 1 {
		t.Errorf("ended with %v, %d and %d puts", *err, peers[0].count(wire.Put), peers[1].count(wire.Put))
	}
}

// A node that refuses its own tokens is asked a few times, slower and slower, and then left alone.
func TestRefusedTokens(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	p.refuses = true
	err := l.store(signed(t, 5, 1, "x"))
	l.run(10 * time.Minute)
	if n := p.count(wire.Put); n < 2 || n > 4 {
		t.Errorf("%d puts", n)
	}
	if *err == nil || errors.Is(*err, errPending) {
		t.Errorf("ended with %v", *err)
	}
	l.do(func(e *engine.Engine, now time.Time) { e.Publish(now, key, text(7, "y")) })
	l.do(func(e *engine.Engine, now time.Time) { e.Listen(now, key, wire.Query{}, func(engine.Event) {}) })
	l.run(time.Hour)
	if n := len(p.heard); n > 300 {
		t.Errorf("%d requests in an hour", n)
	}
}

// A node that answers find or get without a token is left alone.
func TestBlacklist(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	p.token = nil
	l.lookup(wire.Query{})
	l.run(time.Second)
	heard := len(p.heard)
	l.lookup(wire.Query{})
	l.run(time.Minute)
	if len(p.heard) != heard {
		t.Errorf("asked %d times more", len(p.heard)-heard)
	}
	if out := l.packet(p.addr, wire.Message{Kind: wire.Ping, ID: p.id}); len(out) != 0 {
		t.Error("its ping was answered")
	}
}

// A slow node is overtaken: the get ends long before its answer.
func TestOvertaking(t *testing.T) {
	l := newLab(t)
	peers := l.join(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	slices.SortFunc(peers, func(a, b *peer) int { return key.CompareDistance(a.id, b.id) })
	for _, p := range peers {
		p.keep(key, text(5, "x"))
	}
	peers[0].rtt = 900 * time.Millisecond
	o := l.lookup(wire.Query{})
	l.run(300 * time.Millisecond)
	if !o.done {
		t.Error("the get waits for the slow node")
	}
}

// Pieces of a large value that are lost are asked for again at once, and the node, which does answer,
// is not given up for it.
func TestLostPieces(t *testing.T) {
	l := newLab(t)
	p := l.join(1)[0]
	large := text(5, string(bytes.Repeat([]byte("x"), 20_000)))
	p.keep(key, large)
	p.loses = 3
	o := l.lookup(wire.Query{})
	l.run(900 * time.Millisecond)
	if !o.done || len(o.values) != 1 {
		t.Errorf("ended: %v, %d values after %d questions", o.done, len(o.values), p.count(wire.Get))
	}
	p.loses = 1000
	o = l.lookup(wire.Query{})
	l.run(20 * time.Second)
	if !o.done || !l.e.Connected(l.now) {
		t.Errorf("ended: %v, connected: %v", o.done, l.e.Connected(l.now))
	}
}
