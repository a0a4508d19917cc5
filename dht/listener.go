// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"slices"
	"sync"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Event is a change under a watched key. Expired means that the value disappeared from every node
// that held it.
type Event = engine.Event

// Listener delivers the changes under one key.
type Listener struct {
	node      *Node
	refreshes bool          // wants to be told of them
	watch     *engine.Watch // nil when the node was closed
	events    chan Event
	pump      sync.WaitGroup
	once      sync.Once
	closed    chan struct{}
	news      chan struct{} // holds at most one token

	mu      sync.Mutex
	pending map[engine.Ident]Event
	order   []engine.Ident
	told    map[engine.Ident]bool // values the reader has
}

// Listen watches the key: values that are there, come, change or expire, as far as they match the
// query. Signatures are verified. Close the listener when done.
func (n *Node) Listen(key wire.Hash, q value.Query) *Listener { return n.listen(key, q, false) }

func (n *Node) listen(key wire.Hash, q value.Query, refreshes bool) *Listener {
	l := &Listener{
		node: n, refreshes: refreshes, events: make(chan Event), closed: make(chan struct{}), news: make(chan struct{}, 1),
		pending: map[engine.Ident]Event{}, told: map[engine.Ident]bool{},
	}
	n.call(func(now time.Time) { l.watch = n.engine.Listen(now, key, q, l.note) })
	l.pump.Go(l.deliver)
	return l
}

// Events is the stream of changes. Changes the reader has not taken yet are merged by value, the
// newest state wins, so a slow reader costs a bounded amount of memory. The channel is closed by
// Close and when the node is closed.
func (l *Listener) Events() <-chan Event { return l.events }

// Close ends the watch. Storing nodes forget it within ten minutes.
func (l *Listener) Close() {
	l.once.Do(func() {
		close(l.closed)
		if l.watch != nil {
			l.node.call(l.watch.Cancel)
		}
	})
	l.pump.Wait()
}

// note is called by the engine. A value that came and went unread need not be told of, nor that one was
// refreshed of which there is something else to tell.
func (l *Listener) note(e Event) {
	if e.Refreshed && !l.refreshes {
		return
	}
	id := engine.IdentOf(e.Value)
	l.mu.Lock()
	_, merge := l.pending[id]
	switch {
	case merge && e.Refreshed:
	case merge && e.Expired && !l.told[id]:
		delete(l.pending, id)
		l.order = slices.DeleteFunc(l.order, func(o engine.Ident) bool { return o == id })
	default:
		if !merge {
			l.order = append(l.order, id)
		}
		l.pending[id] = e
	}
	l.mu.Unlock()
	select {
	case l.news <- struct{}{}:
	default:
	}
}

// deliver moves events to the reader.
func (l *Listener) deliver() {
	defer close(l.events)
	for {
		e, ok := l.take()
		if !ok {
			select {
			case <-l.news:
				continue
			case <-l.closed:
				return
			case <-l.node.closed:
				return
			}
		}
		select {
		case l.events <- e:
		case <-l.closed:
			return
		case <-l.node.closed:
			return
		}
	}
}

func (l *Listener) take() (Event, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.order) == 0 {
		return Event{}, false
	}
	id := l.order[0]
	l.order = l.order[1:]
	e := l.pending[id]
	delete(l.pending, id)
	if e.Expired {
		delete(l.told, id)
	} else {
		l.told[id] = true
	}
	return e, true
}
