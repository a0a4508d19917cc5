// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"container/heap"
	"time"
)

// timer runs a function once, at or after a moment. The zero value is an idle timer.
type timer struct {
	at    time.Time
	order uint64 // of equal moments the one set first runs first, so that a run can be repeated
	run   func()
	index int // position in the heap plus one; 0 when idle
}

// timers is a queue of timers by moment.
type timers struct {
	heap  timerHeap
	order uint64
}

// set makes t run f at the given moment instead of whatever it was set to.
func (q *timers) set(t *timer, at time.Time, f func()) {
	q.order++
	t.at, t.order, t.run = at, q.order, f
	if t.index == 0 {
		heap.Push(&q.heap, t)
	} else {
		heap.Fix(&q.heap, t.index-1)
	}
}

// stop makes t idle.
func (q *timers) stop(t *timer) {
	if t.index != 0 {
		heap.Remove(&q.heap, t.index-1)
		t.run = nil
	}
}

// next is the moment of the earliest timer, zero if there is none.
func (q *timers) next() time.Time {
	if len(q.heap) == 0 {
		return time.Time{}
	}
	return q.heap[0].at
}

// due removes and returns the earliest timer's function if its moment has come.
func (q *timers) due(now time.Time) func() {
	if len(q.heap) == 0 || q.heap[0].at.After(now) {
		return nil
	}
	t := heap.Pop(&q.heap).(*timer)
	run := t.run
	t.run = nil
	return run
}

type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].order < h[j].order
	}
	return h[i].at.Before(h[j].at)
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i+1, j+1
}

func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	*h = append(*h, t)
	t.index = len(*h)
}

func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = 0
	return t
}
