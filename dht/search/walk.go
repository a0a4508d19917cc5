// SPDX-License-Identifier: GPL-3.0-or-later

package search

import (
	"time"
)

// visitState is how far a walk is with one node.
type visitState uint8

const (
	flying   visitState = iota // asked, the answer is not due yet
	late                       // asked, and answers are usually quicker
	repeated                   // the request had to be repeated
	answered
	failed
)

type visit struct {
	member *Member
	state  visitState
	lateAt time.Time // when a flying one becomes late
}

// Walk is one traversal of a Set: it asks each of the closest nodes one question.
type Walk struct {
	strategy Strategy
	visits   []visit // in the order of asking
	failures int     // in a row
}

// NewWalk returns a walk that has asked nobody.
func NewWalk(s Strategy) *Walk { return &Walk{strategy: s} }

func (w *Walk) visit(m *Member) *visit {
	for i := range w.visits {
		if w.visits[i].member.Node == m.Node {
			return &w.visits[i]
		}
	}
	return nil
}

// Next returns the node to ask now, or nil. Tell the walk with Asked.
func (w *Walk) Next(s *Set, now time.Time) *Member {
	if w.exhausted() || w.inFlight(now) >= w.strategy.Parallel {
		return nil
	}
	n := 0
	for _, m := range s.members {
		if m.Node.Expired() {
			continue
		}
		v := w.visit(m)
		if v == nil {
			return m
		}
		if v.counts() {
			if n++; n >= Width {
				return nil
			}
		}
	}
	return nil
}

// counts reports whether the node is one of the leading ones: it answered, or still may in time.
func (v *visit) counts() bool { return v.state == flying || v.state == answered }

func (w *Walk) inFlight(now time.Time) int {
	n := 0
	for i := range w.visits {
		v := &w.visits[i]
		if v.state == flying && w.strategy.Overtake && !now.Before(v.lateAt) {
			v.state = late
		}
		if v.state == flying {
			n++
		}
	}
	return n
}

func (w *Walk) exhausted() bool { return w.failures >= MaxFailed || len(w.visits) >= MaxAsked }

// Asked notes that the question went to m, whose answers usually come within bound.
func (w *Walk) Asked(m *Member, now time.Time, bound time.Duration) {
	w.visits = append(w.visits, visit{member: m, lateAt: now.Add(LateAfter(bound))})
}

// Skip counts m as having answered without asking it.
func (w *Walk) Skip(m *Member) {
	w.visits = append(w.visits, visit{member: m, state: answered})
}

// Answered notes the answer of m.
func (w *Walk) Answered(m *Member) {
	w.failures = 0
	w.set(m, answered)
}

// Repeated notes that the question to m had to be repeated.
func (w *Walk) Repeated(m *Member) { w.set(m, repeated) }

// Failed notes that m gave no answer to any transmission.
func (w *Walk) Failed(m *Member) {
	w.failures++
	w.set(m, failed)
}

func (w *Walk) set(m *Member, to visitState) {
	if v := w.visit(m); v != nil && v.state != answered {
		v.state = to
	}
}

// Retry forgets the visit to m, which will be asked again.
func (w *Walk) Retry(m *Member) {
	for i := range w.visits {
		if w.visits[i].member.Node == m.Node {
			w.visits = append(w.visits[:i], w.visits[i+1:]...)
			return
		}
	}
}

// Has reports whether m answered this walk.
func (w *Walk) Has(m *Member) bool {
	v := w.visit(m)
	return v != nil && v.state == answered
}

// Behind reports whether the answer of m was given up for the moment, so that others lead.
func (w *Walk) Behind(m *Member) bool {
	v := w.visit(m)
	return v != nil && !v.counts()
}

// Done reports whether the walk is over: the leading nodes have answered. Without patience it does not
// wait for those that were overtaken, if enough others answered.
func (w *Walk) Done(s *Set, patient bool) bool {
	count, slow, open := 0, false, false
	for _, m := range s.members {
		if m.Node.Expired() {
			continue
		}
		v := w.visit(m)
		switch {
		case v == nil:
			return w.exhausted() && !open
		case v.state == flying, v.state == late && patient:
			return false
		case v.state == late:
			slow = true
		case v.state == repeated:
			open = true
		case v.state == answered:
			count++
		}
		if count >= Width {
			return true
		}
	}
	return !slow && (!open || count > 0)
}

// Open reports whether the answer of a node that was asked may still come.
func (w *Walk) Open() bool {
	for i := range w.visits {
		if w.visits[i].state < answered {
			return true
		}
	}
	return false
}

// Wake is when the next flying visit becomes late; zero if none will.
func (w *Walk) Wake() time.Time {
	var t time.Time
	if !w.strategy.Overtake {
		return t
	}
	for i := range w.visits {
		v := &w.visits[i]
		if v.state == flying && (t.IsZero() || v.lateAt.Before(t)) {
			t = v.lateAt
		}
	}
	return t
}
