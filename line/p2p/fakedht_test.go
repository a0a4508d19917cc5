// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"bellwire/dht"
	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// lifetime is how long the nodes of a DHT keep what is in these tests.
const lifetime = 10 * time.Minute

// fakeDHT is a DHT in memory, without delay. Values expire.
type fakeDHT struct {
	mu      sync.Mutex
	down    bool // nobody answers
	values  map[wire.Hash]map[engine.Ident]*stored
	watches map[wire.Hash][]*fakeWatch
	puts    map[wire.Hash]int
	order   int
}

type stored struct {
	v         *value.Value
	until     time.Time
	published bool
	order     int
}

type fakeWatch struct {
	events []dht.Event
	news   chan struct{}
}

func newFakeDHT() *fakeDHT {
	return &fakeDHT{
		values:  map[wire.Hash]map[engine.Ident]*stored{},
		watches: map[wire.Hash][]*fakeWatch{},
		puts:    map[wire.Hash]int{},
	}
}

// cut makes the DHT unreachable, or reachable again.
func (d *fakeDHT) cut(down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = down
}

// count returns how many values were put under a key.
func (d *fakeDHT) count(key wire.Hash) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.puts[key]
}

// all returns what is stored under a key, oldest first.
func (d *fakeDHT) all(key wire.Hash) []*value.Value {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.allLocked(key)
}

func (d *fakeDHT) allLocked(key wire.Hash) (values []*value.Value) {
	var found []*stored
	for _, s := range d.values[key] {
		found = append(found, s)
	}
	slices.SortFunc(found, func(a, b *stored) int { return a.order - b.order })
	for _, s := range found {
		values = append(values, s.v)
	}
	return values
}

func (d *fakeDHT) WaitConnected(context.Context) error { return nil }

func (d *fakeDHT) Get(_ context.Context, key wire.Hash, _ value.Query) iter.Seq2[*value.Value, error] {
	return func(yield func(*value.Value, error) bool) {
		for _, v := range d.all(key) {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func (d *fakeDHT) Put(_ context.Context, key wire.Hash, v *value.Value) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.puts[key]++
	if d.down {
		return dht.ErrNoNodes
	}
	d.keepLocked(key, v)
	return nil
}

func (d *fakeDHT) Publish(key wire.Hash, v *value.Value) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.keepLocked(key, v)
	s.published = true
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		s.published = false
		d.keepLocked(key, v)
	}
}

// keepLocked stores a value for its lifetime from now on.
func (d *fakeDHT) keepLocked(key wire.Hash, v *value.Value) *stored {
	if d.values[key] == nil {
		d.values[key] = map[engine.Ident]*stored{}
	}
	id := engine.IdentOf(v)
	s := d.values[key][id]
	if s == nil {
		d.order++
		s = &stored{v: v, order: d.order}
		d.values[key][id] = s
		d.tellLocked(key, dht.Event{Value: v})
	} else if time.Until(s.until) < lifetime-10*time.Second {
		d.tellLocked(key, dht.Event{Value: v, Refreshed: true})
	}
	s.until = time.Now().Add(lifetime)
	time.AfterFunc(lifetime, func() { d.expire(key, id) })
	return s
}

func (d *fakeDHT) expire(key wire.Hash, id engine.Ident) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.values[key][id]
	if s == nil || s.published || time.Now().Before(s.until) {
		return
	}
	delete(d.values[key], id)
	d.tellLocked(key, dht.Event{Value: s.v, Expired: true})
}

func (d *fakeDHT) tellLocked(key wire.Hash, e dht.Event) {
	for _, w := range d.watches[key] {
		w.events = append(w.events, e)
		select {
		case w.news <- struct{}{}:
		default:
		}
	}
}

func (d *fakeDHT) Changes(ctx context.Context, key wire.Hash, _ value.Query) iter.Seq[dht.Event] {
	return func(yield func(dht.Event) bool) {
		w := &fakeWatch{news: make(chan struct{}, 1)}
		d.mu.Lock()
		for _, v := range d.allLocked(key) {
			w.events = append(w.events, dht.Event{Value: v})
		}
		d.watches[key] = append(d.watches[key], w)
		d.mu.Unlock()
		for ctx.Err() == nil {
			d.mu.Lock()
			events := w.events
			w.events = nil
			d.mu.Unlock()
			for _, e := range events {
				if !yield(e) {
					return
				}
			}
			if len(events) > 0 {
				continue
			}
			select {
			case <-w.news:
			case <-ctx.Done():
			}
		}
	}
}
