// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"context"
	"sync"
	"time"

	"bellwire/dht/engine"
)

// reachability is whether the node is connected, for all goroutines to see.
type reachability struct {
	mu     sync.Mutex
	is     bool
	up     chan struct{} // closed while connected
	looked time.Time     // of the loop alone
}

// lookEvery is how often a connected node is looked at for having lost everybody.
const lookEvery = time.Second

// update is called by the loop after every event.
func (r *reachability) update(e *engine.Engine, now time.Time) {
	if r.is && now.Sub(r.looked) < lookEvery {
		return
	}
	r.looked = now
	is := e.Connected(now)
	if is == r.is {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.is = is
	if is {
		close(r.up)
	} else {
		r.up = make(chan struct{})
	}
}

func (r *reachability) wait() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.up
}

// Connected reports whether at least one node of either family is good: it answered within two
// hours and was heard of within ten minutes.
func (n *Node) Connected() bool {
	n.link.mu.Lock()
	defer n.link.mu.Unlock()
	return n.link.is && !n.isClosed()
}

// WaitConnected returns nil as soon as the node is connected, ErrClosed, or the context's error.
func (n *Node) WaitConnected(ctx context.Context) error {
	select {
	case <-n.link.wait():
		return nil
	case <-n.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}
