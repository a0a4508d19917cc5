// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"crypto/sha1"
	"slices"
	"time"

	"bellwire/dht/storage"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Event is a change under a watched key.
type Event struct {
	Value   *value.Value
	Expired bool // no node that held the value has it any more
	// Refreshed means that a node which held the value tells that it was stored there once more: who
	// published it is alive. Each of the nodes tells that.
	Refreshed bool
}

// Bounds of what one watch keeps, whatever nodes send.
const (
	maxSourceValues = 4096 // from one node
	maxWatchBytes   = 32 << 20
	maxChecking     = 1024 // signatures being verified
)

// repeatTime is how long after the word of a node about a value another one tells nothing new: packets
// are sent again when they seem lost, by who publishes as well as by who tells us.
const repeatTime = 10 * time.Second

// Watch follows the values under a key: those in our own store, and those of the closest nodes, which
// tell us of every change.
type Watch struct {
	e     *Engine
	key   wire.Hash
	query wire.Query
	sink  func(Event)
	parts []*watcher
	own   source // our own store

	values   map[Ident]*watched
	bytes    int
	checking map[[sha1.Size]byte][]*source // who has a signed value that is being verified
	expiry   timer
	over     bool
}

// watched is a value that was reported.
type watched struct {
	v       *value.Value
	holders int // sources that have it
}

// source is a place that tells us of values: a node, or our own store.
type source struct {
	held   map[Ident]time.Time // until when, zero for as long as the source does not say otherwise
	closed bool
}

// Listen starts a watch.
func (e *Engine) Listen(now time.Time, key wire.Hash, q wire.Query, sink func(Event)) *Watch {
	e.now = now
	q.Select = 0
	w := &Watch{e: e, key: key, query: q, sink: sink, values: map[Ident]*watched{}}
	for _, f := range e.families() {
		t := f.target(key)
		p := &watcher{op: w, t: t}
		t.enliven()
		t.watchers = append(t.watchers, p)
		w.parts = append(w.parts, p)
		t.stir()
	}
	e.watches[key] = append(e.watches[key], w)
	for entry := range e.store.Get(now, key, q) {
		w.consider(&w.own, entry.Value)
	}
	return w
}

// Cancel ends the watch. Nodes go on to send changes for up to ten minutes, which are confirmed and
// ignored.
func (w *Watch) Cancel(now time.Time) {
	w.e.now = now
	w.over = true
	w.e.timers.stop(&w.expiry)
	for _, p := range w.parts {
		p.leave()
	}
	left := slices.DeleteFunc(w.e.watches[w.key], func(o *Watch) bool { return o == w })
	if len(left) == 0 {
		delete(w.e.watches, w.key)
	} else {
		w.e.watches[w.key] = left
	}
}

// local takes a change in our own store.
func (w *Watch) local(r *storage.Result) {
	if r.Entry == nil || !r.Entry.Value.Matches(w.query) {
		return
	}
	switch r.Change {
	case storage.Added, storage.Edited:
		w.consider(&w.own, r.Entry.Value)
	case storage.Expired:
		w.dropID(&w.own, r.Entry.Value.ID)
	}
}

// consider takes a value that a source has. Signed ones are verified first, unless they are known.
func (w *Watch) consider(s *source, v *value.Value) {
	if v.ID == 0 || !v.Matches(w.query) || len(s.held) >= maxSourceValues {
		return
	}
	known := w.values[IdentOf(v)]
	if !v.IsSigned() || known != nil && known.v.SameContents(v) && known.v.Seq == v.Seq {
		w.add(s, v)
		return
	}
	sum := sha1.Sum(v.Append(nil))
	waiting, checking := w.checking[sum]
	if !checking && len(w.checking) >= maxChecking {
		return
	}
	if w.checking == nil {
		w.checking = map[[sha1.Size]byte][]*source{}
	}
	w.checking[sum] = append(waiting, s)
	if checking {
		return
	}
	w.e.host.Verify(&Job{Value: v, Own: true, done: func(ok bool) {
		sources := w.checking[sum]
		delete(w.checking, sum)
		for _, s := range sources {
			if ok && !w.over && !s.closed {
				w.add(s, v)
			}
		}
	}})
}

// add notes that a source has a good value, and reports it if it is news.
func (w *Watch) add(s *source, v *value.Value) {
	id := IdentOf(v)
	known := w.values[id]
	if known == nil && w.bytes+v.Size() > maxWatchBytes {
		return
	}
	until, held := s.held[id] // zero when not held
	if !held && known != nil {
		known.holders++
	}
	if s.held == nil {
		s.held = map[Ident]time.Time{}
	}
	s.held[id] = w.until(s, v)
	switch {
	case known == nil:
		w.values[id] = &watched{v: v, holders: 1}
		w.bytes += v.Size()
		w.sink(Event{Value: v})
	case v.IsSigned() && v.Seq > known.v.Seq:
		w.bytes += v.Size() - known.v.Size()
		known.v = v
		w.sink(Event{Value: v})
	default:
		w.again(known.v, until, s.held[id])
	}
}

// again reports that a source has stored a value once more, by the ends of its life before and now.
func (w *Watch) again(v *value.Value, before, now time.Time) {
	if !before.IsZero() && now.Sub(before) > repeatTime {
		w.sink(Event{Value: v, Refreshed: true})
	}
}

// until is when a value is forgotten unless its source says more about it.
func (w *Watch) until(s *source, v *value.Value) time.Time {
	if s == &w.own {
		return time.Time{}
	}
	at := w.e.now.Add(w.e.types.Lifetime(v.Type))
	if w.expiry.index == 0 || at.Before(w.expiry.at) {
		w.e.timers.set(&w.expiry, at, w.expire)
	}
	return at
}

// refreshed begins the life of values of a source again.
func (w *Watch) refreshed(s *source, ids []uint64) {
	if len(ids) == 0 {
		return
	}
	for _, id := range s.ids() {
		if known := w.values[id]; known != nil && slices.Contains(ids, id.ID) {
			before := s.held[id]
			s.held[id] = w.until(s, known.v)
			w.again(known.v, before, s.held[id])
		}
	}
}

// drop notes that a source does not have a value any more.
func (w *Watch) drop(s *source, id Ident) {
	if _, held := s.held[id]; !held {
		return
	}
	delete(s.held, id)
	known := w.values[id]
	if known.holders--; known.holders > 0 {
		return
	}
	delete(w.values, id)
	w.bytes -= known.v.Size()
	w.sink(Event{Value: known.v, Expired: true})
}

// dropID drops all values of a source with an id.
func (w *Watch) dropID(s *source, ids ...uint64) {
	for _, id := range s.ids() {
		if slices.Contains(ids, id.ID) {
			w.drop(s, id)
		}
	}
}

// close drops everything a source has.
func (w *Watch) close(s *source) {
	s.closed = true
	for _, id := range s.ids() {
		w.drop(s, id)
	}
}

// expire drops what came to the end of its life.
func (w *Watch) expire() {
	var next time.Time
	for _, p := range w.parts {
		for _, post := range p.posts {
			for _, id := range post.ids() {
				at := post.held[id]
				if !at.After(w.e.now) {
					w.drop(&post.source, id)
				} else {
					next = earlier(next, at)
				}
			}
		}
	}
	if !next.IsZero() {
		w.e.timers.set(&w.expiry, next, w.expire)
	}
}

// ids returns what the source has, in an order that is the same in every run.
func (s *source) ids() []Ident {
	ids := make([]Ident, 0, len(s.held))
	for id := range s.held {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, Ident.compare)
	return ids
}
