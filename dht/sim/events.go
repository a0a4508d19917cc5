// SPDX-License-Identifier: GPL-3.0-or-later

package sim

import "time"

// event is something that will happen: a call, a packet that arrives, or a node that wants to wake.
type event struct {
	at       time.Time
	order    uint64 // of those set, so that what happens at the same time happens in a fixed order
	call     func()
	packet   []byte
	from, to int
}

// queue is a binary heap of events.
type queue struct {
	heap  []event
	order uint64
}

func (q *queue) push(e event) {
	q.order++
	e.order = q.order
	q.heap = append(q.heap, e)
	i := len(q.heap) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !q.heap[i].before(&q.heap[parent]) {
			break
		}
		q.heap[i], q.heap[parent] = q.heap[parent], q.heap[i]
		i = parent
	}
}

// pop takes the first event that happens no later than end.
func (q *queue) pop(end time.Time) (event, bool) {
	if len(q.heap) == 0 || q.heap[0].at.After(end) {
		return event{}, false
	}
	first := q.heap[0]
	last := len(q.heap) - 1
	q.heap[0] = q.heap[last]
	q.heap[last] = event{}
	q.heap = q.heap[:last]
	q.sink(0)
	return first, true
}

func (q *queue) sink(i int) {
	for {
		least := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < len(q.heap) && q.heap[child].before(&q.heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		q.heap[i], q.heap[least] = q.heap[least], q.heap[i]
		i = least
	}
}

func (e *event) before(o *event) bool {
	if e.at.Equal(o.at) {
		return e.order < o.order
	}
	return e.at.Before(o.at)
}
