// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"slices"

	"bellwire/dht/search"
	"bellwire/dht/wire"
)

// finder looks for the nodes around a target, for the sake of the routing table.
type finder struct {
	t    *target
	walk *search.Walk
}

// find starts a walk towards a target.
func (f *family) find(key wire.Hash) {
	t := f.target(key)
	if len(t.finders) > 0 {
		return
	}
	t.enliven()
	t.finders = append(t.finders, &finder{t, search.NewWalk(f.e.strategy)})
	t.stir()
}

func (p *finder) step() {
	for m := p.walk.Next(&p.t.set, p.t.f.e.now); m != nil; m = p.walk.Next(&p.t.set, p.t.f.e.now) {
		p.t.ask(p.walk, m, wire.Message{Kind: wire.Find, Target: p.t.set.Target, Want: p.t.f.name}, nil)
	}
	if p.walk.Done(&p.t.set, false) {
		p.t.finders = slices.DeleteFunc(p.t.finders, func(o *finder) bool { return o == p })
		p.t.rest()
	}
}
