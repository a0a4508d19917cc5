// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"slices"
	"time"

	"bellwire/dht/search"
	"bellwire/dht/table"
	"bellwire/dht/wire"
)

// Limits of the targets kept for a later operation on the same key.
const (
	targetIdle = 62 * time.Minute
	maxTargets = 128
)

// target is what is known around one key in one family, with the operations that hang on it. It
// outlives them for a while: the next operation on the key starts from the nodes found.
type target struct {
	f     *family
	set   search.Set
	used  time.Time
	timer timer

	sync     *search.Walk // asks for tokens; nil while none is needed
	finders  []*finder
	getters  []*getter
	placers  []*placer
	watchers []*watcher
}

// target returns the target of a key, seeded with what the table knows now.
func (f *family) target(key wire.Hash) *target {
	t := f.targets[key]
	if t == nil {
		f.forgetTargets()
		t = &target{f: f, set: search.Set{Target: key}}
		f.targets[key] = t
	}
	t.used = f.e.now
	t.seed()
	return t
}

// seed adds the closest nodes of the table. Those that never answered and are being asked already may
// well be unreachable from here; they come in when they answer, unless there are no others.
func (t *target) seed() {
	var nodes [search.Kept]*table.Node
	alive := func(n *table.Node) bool { return !n.Expired() }
	likely := func(n *table.Node) bool { return alive(n) && (n.Pending() == 0 || !n.LastReply().IsZero()) }
	closest := t.f.table.Closest(nodes[:0], t.set.Target, search.Kept, likely)
	if len(closest) == 0 {
		closest = t.f.table.Closest(closest, t.set.Target, search.Kept, alive)
	}
	for _, n := range closest {
		t.set.Insert(n, 0)
	}
}

// forgetTargets makes room for a new target and drops those that were idle for long.
func (f *family) forgetTargets() {
	var oldest *target
	idle := 0
	for key, t := range f.targets {
		switch {
		case !t.idle():
		case f.e.now.Sub(t.used) >= targetIdle:
			f.drop(key)
		default:
			idle++
			if oldest == nil || t.used.Before(oldest.used) || t.used.Equal(oldest.used) && t.set.Target.Compare(oldest.set.Target) < 0 {
				oldest = t
			}
		}
	}
	if idle >= maxTargets {
		f.drop(oldest.set.Target)
	}
}

func (f *family) drop(key wire.Hash) {
	f.e.timers.stop(&f.targets[key].timer)
	delete(f.targets, key)
}

func (t *target) idle() bool {
	return len(t.finders)+len(t.getters)+len(t.placers)+len(t.watchers) == 0
}

// enliven and rest keep the list of targets with operations.
func (t *target) enliven() {
	if t.idle() {
		t.f.live = append(t.f.live, t)
	}
}

func (t *target) rest() {
	if !t.idle() {
		return
	}
	t.used, t.sync = t.f.e.now, nil
	t.f.e.timers.stop(&t.timer)
	t.f.live = slices.DeleteFunc(t.f.live, func(o *target) bool { return o == t })
}

// stir makes the target take its next step after the current event.
func (t *target) stir() { t.stirAt(t.f.e.now) }

func (t *target) stirAt(at time.Time) { t.f.e.timers.set(&t.timer, at, t.step) }

// step lets every operation do what it can now.
func (t *target) step() {
	t.used = t.f.e.now
	t.set.DropExpired()
	for _, p := range slices.Clone(t.finders) {
		p.step()
	}
	for _, g := range slices.Clone(t.getters) {
		g.step()
	}
	if t.sync == nil && t.wantsSync() {
		t.sync = search.NewWalk(t.f.e.strategy)
	}
	if t.sync != nil {
		t.stepSync()
	}
	for _, p := range slices.Clone(t.placers) {
		p.step()
	}
	for _, w := range slices.Clone(t.watchers) {
		w.step()
	}
	if !t.idle() {
		t.sleep()
	}
}

// sleep sets the timer for the first walk that has something to overtake, unless an operation asked
// for an earlier step.
func (t *target) sleep() {
	var first time.Time
	for _, p := range t.finders {
		first = earlier(first, p.walk.Wake())
	}
	for _, g := range t.getters {
		first = earlier(first, g.walk.Wake())
	}
	for _, p := range t.placers {
		first = earlier(first, p.wake())
	}
	if t.sync != nil {
		first = earlier(first, t.sync.Wake())
	}
	for _, w := range t.watchers {
		first = earlier(first, w.wake())
	}
	if !first.IsZero() && (t.timer.index == 0 || first.Before(t.timer.at)) {
		t.stirAt(first)
	}
}

// wantsSync reports whether an operation needs tokens that no walk of its own brings.
func (t *target) wantsSync() bool {
	needed := len(t.watchers) > 0 || slices.ContainsFunc(t.placers, func(p *placer) bool { return p.walk == nil })
	return needed && t.set.SyncedLead(t.f.e.now, never) < min(search.Width, len(t.set.Members()))
}

func never(*search.Member) bool { return false }

// stepSync asks the leading nodes for tokens with find, as long as it takes.
func (t *target) stepSync() {
	for m := t.nextUnsynced(); m != nil; m = t.nextUnsynced() {
		t.ask(t.sync, m, wire.Message{Kind: wire.Find, Target: t.set.Target, Want: t.f.name}, nil)
	}
	if t.synced() && !t.sync.Open() {
		t.sync = nil
	}
}

// synced reports whether the leading nodes have answered lately. Those that let us wait are asked by
// the same walk until they answer or are given up, so that they are not asked over and over.
func (t *target) synced() bool { return t.sync == nil || t.sync.Done(&t.set, false) }

// nextUnsynced is the next node to ask. Those whose token is fresh count as having answered.
func (t *target) nextUnsynced() *search.Member {
	for {
		m := t.sync.Next(&t.set, t.f.e.now)
		if m == nil || !m.Synced(t.f.e.now) {
			return m
		}
		t.sync.Skip(m)
	}
}

// ask sends the question of a walk to a node. The answer goes to on, which may be nil.
func (t *target) ask(w *search.Walk, m *search.Member, q wire.Message, on func(reply *wire.Message)) *request {
	w.Asked(m, t.f.e.now, t.f.patience(m.Node))
	r := t.f.request(m.Node, q)
	r.repeated = func() {
		w.Repeated(m)
		t.stir()
	}
	r.done = func(reply *wire.Message) {
		if reply == nil {
			w.Failed(m)
		} else {
			w.Answered(m)
			t.learn(m, reply)
			if on != nil {
				on(reply)
			}
		}
		t.wakeUp()
	}
	r.start()
	return r
}

// wakeUp is stir unless nothing hangs on the target any more.
func (t *target) wakeUp() {
	if !t.idle() {
		t.stir()
	}
}

// learn takes what any answer about the key tells.
func (t *target) learn(m *search.Member, reply *wire.Message) {
	m.Answered(t.f.e.now)
	for info := range reply.Nodes() {
		n := t.f.e.mention(info.SeenFrom(m.Node.Addr.Addr()))
		if n != nil && t.f.nodes[n.ID] == n {
			t.set.Insert(n, m.Hops+1)
		}
	}
}

// restart makes operations that last begin again, after a change of our own connectivity.
func (t *target) restart() {
	for _, p := range t.placers {
		if p.op.permanent {
			p.next = t.f.e.now
		}
	}
	for _, w := range t.watchers {
		for _, post := range w.posts {
			post.good, post.renew = false, t.f.e.now
		}
	}
	t.stir()
}

// expired notes that a node was given up.
func (t *target) expired(n *table.Node) {
	for _, w := range t.watchers {
		w.expired(n)
	}
	t.stir()
}
