// SPDX-License-Identifier: GPL-3.0-or-later

package search_test

import (
	"testing"
	"time"

	"bellwire/dht/search"
	"bellwire/dht/table"
	"bellwire/dht/wire"
)

var now = time.Unix(1_700_000_000, 0)

// set returns a set around the zero key with nodes at distances 1, 2, 3 ...
func set(count int) *search.Set {
	s := &search.Set{}
	for i := range count {
		s.Insert(&table.Node{ID: wire.Hash{byte(i + 1)}}, 0)
	}
	return s
}

func TestSetKeepsTheClosest(t *testing.T) {
	s := &search.Set{}
	for i := 40; i > 0; i-- {
		s.Insert(&table.Node{ID: wire.Hash{byte(i)}}, 0)
	}
	m := s.Members()
	if len(m) != search.Kept || m[0].Node.ID[0] != 1 || m[search.Kept-1].Node.ID[0] != search.Kept {
		t.Errorf("kept %d from %v to %v", len(m), m[0].Node.ID, m[len(m)-1].Node.ID)
	}
	if s.Insert(&table.Node{ID: wire.Hash{50}}, 0) {
		t.Error("a far node changed the set")
	}
	m[0].Node.Expire()
	if !s.Insert(&table.Node{ID: wire.Hash{20}}, 0) || s.Members()[0].Node.ID[0] != 2 {
		t.Error("an expired node keeps its place")
	}
}

// ask makes the walk ask all it wants now.
func ask(w *search.Walk, s *search.Set, at time.Time, bound time.Duration) (asked []*search.Member) {
	for m := w.Next(s, at); m != nil; m = w.Next(s, at) {
		w.Asked(m, at, bound)
		asked = append(asked, m)
	}
	return asked
}

func TestWalkAsksInParallelAndEnds(t *testing.T) {
	s, w := set(14), search.NewWalk(search.Strategy{Parallel: 4})
	asked := ask(w, s, now, time.Second)
	if len(asked) != 4 || asked[0] != s.Members()[0] {
		t.Fatalf("asked %d", len(asked))
	}
	total := 0
	for len(asked) > 0 {
		m := asked[0]
		asked = asked[1:]
		w.Answered(m)
		total++
		asked = append(asked, ask(w, s, now, time.Second)...)
	}
	if total != search.Width || !w.Done(s, true) {
		t.Errorf("%d asked, done: %v", total, w.Done(s, true))
	}
}

func TestWalkOvertakes(t *testing.T) {
	s, w := set(14), search.NewWalk(search.Strategy{Parallel: 4, Overtake: true})
	asked := ask(w, s, now, 100*time.Millisecond)
	for _, m := range asked[1:] {
		w.Answered(m)
	}
	for next := ask(w, s, now, 100*time.Millisecond); len(next) > 0; next = ask(w, s, now, 100*time.Millisecond) {
		for _, m := range next {
			w.Answered(m)
		}
	}
	if at := w.Wake(); !at.Equal(now.Add(100 * time.Millisecond)) {
		t.Errorf("wakes at %v", at)
	}
	if w.Done(s, false) {
		t.Error("done while the first answer is not late")
	}
	late := now.Add(100 * time.Millisecond)
	more := ask(w, s, late, 100*time.Millisecond)
	if len(more) != 1 || !w.Behind(asked[0]) {
		t.Fatalf("%d more were asked", len(more))
	}
	w.Answered(more[0])
	if !w.Done(s, false) || w.Done(s, true) {
		t.Errorf("done: %v, patiently: %v", w.Done(s, false), w.Done(s, true))
	}
	w.Repeated(asked[0])
	if !w.Done(s, true) {
		t.Error("patience does not end with the first wait")
	}
	w.Answered(asked[0])
	if w.Behind(asked[0]) || !w.Has(asked[0]) {
		t.Error("the late answer does not count")
	}
}

func TestClassicWalkWaits(t *testing.T) {
	s, w := set(14), search.NewWalk(search.Classic())
	asked := ask(w, s, now, 10*time.Millisecond)
	if more := ask(w, s, now.Add(time.Second), 10*time.Millisecond); len(asked) != 4 || len(more) != 0 {
		t.Errorf("asked %d and %d", len(asked), len(more))
	}
	w.Repeated(asked[0])
	if more := ask(w, s, now, 10*time.Millisecond); len(more) != 1 {
		t.Errorf("after a repetition %d more were asked", len(more))
	}
}

// A walk ends when nobody answers, however many nodes there seem to be.
func TestWalkThroughTheDead(t *testing.T) {
	s, w := &search.Set{}, search.NewWalk(search.Strategy{Parallel: 4})
	asked := 0
	for i := range 200 {
		s.Insert(&table.Node{ID: wire.Hash{byte(i + 1)}}, 0)
		s.Insert(&table.Node{ID: wire.Hash{byte(i + 1), 1}}, 0)
		if m := w.Next(s, now); m != nil {
			asked++
			w.Asked(m, now, time.Second)
			m.Node.Expire()
			w.Failed(m)
		}
	}
	if asked != search.MaxFailed {
		t.Errorf("%d asked", asked)
	}
}

// Nobody can lead a walk on for ever by naming ever closer nodes.
func TestWalkIsBounded(t *testing.T) {
	s, w := &search.Set{}, search.NewWalk(search.Strategy{Parallel: 4})
	asked := 0
	for i := range 60_000 {
		s.Insert(&table.Node{ID: wire.Hash{byte((60_000 - i) >> 8), byte(60_000 - i)}}, 0)
		for _, m := range ask(w, s, now, time.Second) {
			asked++
			w.Answered(m)
		}
	}
	if asked > search.MaxAsked {
		t.Errorf("%d asked", asked)
	}
	if !w.Done(s, true) {
		t.Error("the walk does not end")
	}
}
