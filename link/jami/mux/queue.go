// SPDX-License-Identifier: GPL-3.0-or-later

package mux

// queue is a list of streams with something to write, each at most once.
type queue struct{ first, last *stream }

func (q *queue) push(s *stream) {
	if s.queued {
		return
	}
	s.queued = true
	if q.last == nil {
		q.first = s
	} else {
		q.last.behind = s
	}
	q.last = s
}

func (q *queue) pop() {
	s := q.first
	q.first, s.behind, s.queued = s.behind, nil, false
	if q.first == nil {
		q.last = nil
	}
}
