// SPDX-License-Identifier: GPL-3.0-or-later

package queue_test

import (
	"slices"
	"testing"

	"bellwire/internal/queue"

	"pgregory.net/rapid"
)

type item struct {
	order int
	place queue.Place
}

func TestQueueGivesItemsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := queue.New(func(a, b *item) bool { return a.order < b.order }, func(i *item) *queue.Place { return &i.place })
		var in []*item
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				i := &item{order: rapid.IntRange(0, 20).Draw(t, "order")}
				in = append(in, i)
				q.Update(i)
			},
			"move": func(t *rapid.T) {
				if len(in) == 0 {
					t.Skip("empty")
				}
				i := rapid.SampledFrom(in).Draw(t, "item")
				i.order = rapid.IntRange(0, 20).Draw(t, "order")
				q.Update(i)
			},
			"remove": func(t *rapid.T) {
				if len(in) == 0 {
					t.Skip("empty")
				}
				n := rapid.IntRange(0, len(in)-1).Draw(t, "index")
				q.Remove(in[n])
				q.Remove(in[n])
				in = slices.Delete(in, n, n+1)
			},
			"": func(t *rapid.T) {
				if q.Len() != len(in) {
					t.Fatalf("the queue has %d items, want %d", q.Len(), len(in))
				}
				got, ok := q.Min()
				if !ok {
					return
				}
				for _, i := range in {
					if i.order < got.order {
						t.Fatalf("the first item is %d, but %d is in the queue", got.order, i.order)
					}
				}
			},
		})
		last := -1
		for q.Len() > 0 {
			i, _ := q.Min()
			if i.order < last {
				t.Fatalf("%d came after %d", i.order, last)
			}
			last = i.order
			q.Remove(i)
		}
	})
}
