// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"context"
	"iter"
	"sync"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// results takes what a get finds until its reader comes for it. The engine bounds how much that is.
type results struct {
	mu     sync.Mutex
	values []*value.Value
	done   bool
	err    error
	news   chan struct{} // holds at most one token
}

func (r *results) tell(change func()) {
	r.mu.Lock()
	change()
	r.mu.Unlock()
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// Value is called by the engine.
func (r *results) Value(v *value.Value) { r.tell(func() { r.values = append(r.values, v) }) }

// Done is called by the engine.
func (r *results) Done(err error) { r.tell(func() { r.done, r.err = true, err }) }

func (r *results) take() (values []*value.Value, done bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	values, r.values = r.values, nil
	return values, r.done, r.err
}

// Get looks the key up and yields the values that match the query as they come, each once, or again
// when a newer version of it turns up. Values with a false signature are left out. The selection of
// the query is ignored. The sequence ends when the search is complete; a non-nil error is its last
// element: ErrNoNodes, ErrClosed or the context's. Leaving the loop cancels the search.
//
// Anybody may put anything under any key: compare the owner of a value with whom it should be from.
func (n *Node) Get(ctx context.Context, key wire.Hash, q value.Query) iter.Seq2[*value.Value, error] {
	return func(yield func(*value.Value, error) bool) {
		found := &results{news: make(chan struct{}, 1)}
		var get *engine.Get
		if !n.call(func(now time.Time) { get = n.engine.Get(now, key, q, found) }) {
			yield(nil, ErrClosed)
			return
		}
		for {
			var end error
			select {
			case <-found.news:
			case <-ctx.Done():
				end = ctx.Err()
			case <-n.closed:
				end = ErrClosed
			}
			values, done, err := found.take()
			for _, v := range values {
				if !yield(v, nil) {
					n.call(get.Cancel)
					return
				}
			}
			if done {
				end = err
			}
			if end != nil {
				if !done {
					n.call(get.Cancel)
				}
				yield(nil, end)
				return
			}
			if done {
				return
			}
		}
	}
}
