// SPDX-License-Identifier: GPL-3.0-or-later

// Package queue owns a priority queue whose items know their place in it, so that one can be moved or
// taken out when its priority changes. All operations but Min take logarithmic time.
package queue

// Place is where an item is in a queue. The zero Place is in none. An item has one for each queue it
// may be in.
type Place struct{ index int } // counted from 1

// Queue orders items by a function, smallest first. Make it with New.
type Queue[T any] struct {
	less  func(a, b T) bool
	place func(T) *Place
	items []T
}

// New returns an empty queue. place returns where the item keeps its Place for this queue.
func New[T any](less func(a, b T) bool, place func(T) *Place) *Queue[T] {
	return &Queue[T]{less: less, place: place}
}

// Len returns the number of items.
func (q *Queue[T]) Len() int { return len(q.items) }

// Min returns the smallest item.
func (q *Queue[T]) Min() (item T, ok bool) {
	if len(q.items) == 0 {
		return item, false
	}
	return q.items[0], true
}

// Update puts the item where it belongs: into the queue, or to another place when its order changed.
func (q *Queue[T]) Update(item T) {
	p := q.place(item)
	if p.index == 0 {
		q.items = append(q.items, item)
		p.index = len(q.items)
	}
	i := p.index - 1
	if !q.down(i) {
		q.up(i)
	}
}

// Remove takes the item out if it is in the queue.
func (q *Queue[T]) Remove(item T) {
	p := q.place(item)
	if p.index == 0 {
		return
	}
	i, last := p.index-1, len(q.items)-1
	q.swap(i, last)
	var none T
	q.items[last] = none
	q.items = q.items[:last]
	p.index = 0
	if i < last && !q.down(i) {
		q.up(i)
	}
}

func (q *Queue[T]) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !q.less(q.items[i], q.items[parent]) {
			return
		}
		q.swap(i, parent)
		i = parent
	}
}

// down reports whether the item moved.
func (q *Queue[T]) down(i int) bool {
	start := i
	for {
		child := 2*i + 1
		if child >= len(q.items) {
			return i > start
		}
		if right := child + 1; right < len(q.items) && q.less(q.items[right], q.items[child]) {
			child = right
		}
		if !q.less(q.items[child], q.items[i]) {
			return i > start
		}
		q.swap(i, child)
		i = child
	}
}

func (q *Queue[T]) swap(i, j int) {
	q.items[i], q.items[j] = q.items[j], q.items[i]
	q.place(q.items[i]).index = i + 1
	q.place(q.items[j]).index = j + 1
}
