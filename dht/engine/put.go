// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"bellwire/dht/storage"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Outcomes of a put.
var (
	// ErrNotStored means that none of the nodes closest to the key confirmed the value.
	ErrNotStored = errors.New("dht: no node confirmed the value")
	// ErrIDTaken means that a value that must not be replaced by this one has the value id already.
	ErrIDTaken = errors.New("dht: the value id is taken under this key; choose another id")
	// ErrNoKey means an all-zero key, or a value id of 0.
	ErrNoKey = errors.New("dht: a value needs a key and an id that are not zero")
)

// Put is a value on its way to the nodes closest to its key: once, or again and again when it is
// permanent.
type Put struct {
	e         *Engine
	key       wire.Hash
	v         *value.Value
	packed    []byte
	created   time.Time
	permanent bool
	sink      func(error) // nil when permanent
	parts     []*placer
	over      bool

	stored bool // a family has it
	met    bool // somebody answered
	same   bool // whoever has the id has our contents
	taken  bool // the id is held by somebody else's value
}

// publication names a permanent value.
type publication struct {
	key wire.Hash
	id  uint64
}

// Put stores a value at the nodes closest to the key. Sink is called once: with nil as soon as the
// nodes of one family have confirmed, or with ErrNoNodes, ErrNotStored, ErrIDTaken, ErrNoKey or what
// is wrong with the value. The value is kept in our own store too.
func (e *Engine) Put(now time.Time, key wire.Hash, v *value.Value, sink func(error)) *Put {
	e.now = now
	p := &Put{e: e, key: key, v: v, created: now, sink: sink}
	if err := p.begin(); err != nil {
		p.over = true
		sink(err)
	}
	return p
}

// Publish keeps a value stored until Cancel. It takes the place of an earlier publication of the same
// value id under the same key. The error is as for Put.
func (e *Engine) Publish(now time.Time, key wire.Hash, v *value.Value) (*Put, error) {
	e.now = now
	p := &Put{e: e, key: key, v: v, created: now, permanent: true}
	name := publication{key, v.ID}
	old := e.published[name]
	if err := p.begin(); err != nil {
		return nil, err
	}
	if old != nil {
		old.leave()
	}
	e.published[name] = p
	return p, nil
}

func (p *Put) begin() error {
	if p.key.IsZero() || p.v.ID == 0 {
		return ErrNoKey
	}
	results, err := p.e.store.Publish(p.e.now, p.key, p.v, p.created, p.permanent)
	switch {
	case errors.Is(err, storage.ErrTaken):
		return ErrIDTaken
	case err != nil:
		return fmt.Errorf("dht: store value %d: %w", p.v.ID, err)
	}
	p.packed = p.v.Append(nil)
	for _, f := range p.e.families() {
		t := f.target(p.key)
		part := &placer{op: p, t: t}
		t.enliven()
		t.placers = append(t.placers, part)
		p.parts = append(p.parts, part)
		part.begin()
		t.stir()
	}
	p.e.changed(results)
	return nil
}

// Cancel ends the put without a call of its sink; what nodes have stored stays until its lifetime ends.
func (p *Put) Cancel(now time.Time) {
	p.e.now = now
	p.leave()
	if name := (publication{p.key, p.v.ID}); p.permanent && p.e.published[name] == p {
		delete(p.e.published, name)
		p.e.store.Withdraw(now, p.key, p.v.ID)
		p.e.tickStore()
	}
}

func (p *Put) leave() {
	p.over = true
	for _, part := range p.parts {
		part.leave()
	}
}

// probes reports whether nodes are asked what they have under the value id before the value is sent: to
// see whether a permanent value needs only a refresh, and whether an unsigned or encrypted one would
// meet a signed one, which some programs let it replace.
func (p *Put) probes() bool { return p.permanent || !p.v.IsSigned() }

// lifetime is how long nodes keep the value.
func (p *Put) lifetime() time.Duration {
	return p.e.types.Lifetime(p.v.Type)
}

// settle calls the sink when the outcome is known: with success as soon as one family has the value.
func (p *Put) settle() {
	if p.over || p.permanent {
		return
	}
	open := slices.ContainsFunc(p.parts, func(part *placer) bool { return !part.done })
	var err error
	switch {
	case p.stored:
	case p.taken:
		err = ErrIDTaken
	case open:
		return
	case p.met:
		err = ErrNotStored
	default:
		err = ErrNoNodes
	}
	if p.sink != nil {
		sink := p.sink
		p.sink = nil
		sink(err)
	}
	if !open {
		p.over = true
	}
}
