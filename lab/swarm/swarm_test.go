// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package swarm

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwire/dht/wire"
	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/lab/dhtnode"
	"bellwire/lab/wait"
)

// TestMixedSwarm lets twenty real nodes and twenty of ours serve one another in every way the
// protocol has. The parts share one swarm, since it takes a while to grow; the last part kills it.
func TestMixedSwarm(t *testing.T) {
	peer.Need(t, dhtnode.Program)
	leak.Check(t)
	s := Start(t, Config{Real: 20, Ours: 20, RealIDs: 4, OurIDs: 4, Limit: 2 * time.Minute})

	t.Run("real nodes hold ours as good", s.testTables)
	t.Run("plain values", func(t *testing.T) { s.testPuts(t, "plain", Member.Put, always) })
	t.Run("signed values", func(t *testing.T) { s.testPuts(t, "signed", Member.PutSigned, Member.CanSign) })
	t.Run("encrypted values", s.testEncrypted)
	t.Run("large values", s.testLarge)
	t.Run("listeners", s.testListeners)
	t.Run("new versions of a signed value", s.testVersions)
	t.Run("a third killed at once", s.testMassDeath)
}

// TestMixedSwarmOverIPv6 is the same over the other family, in short.
func TestMixedSwarmOverIPv6(t *testing.T) {
	peer.Need(t, dhtnode.Program)
	leak.Check(t)
	s := Start(t, Config{IPv6: true, Real: 6, Ours: 6, RealIDs: 1, OurIDs: 1, Limit: 2 * time.Minute})
	t.Run("plain values", func(t *testing.T) { s.testPuts(t, "plain", Member.Put, always) })
	t.Run("signed values", func(t *testing.T) { s.testPuts(t, "signed", Member.PutSigned, Member.CanSign) })
	t.Run("encrypted values", s.testEncrypted)
}

func always(Member) bool { return true }

// testTables waits until each of ours is good in the table of some real node and dead in none.
func (s *Swarm) testTables(t *testing.T) {
	var good, dead map[string]int
	ok := wait.Until(time.Minute, func() bool {
		good, dead = s.opinions(t)
		return len(dead) == 0 && !slices.ContainsFunc(s.Ours, func(o *Ours) bool { return good[o.ID()] == 0 })
	})
	if !ok {
		t.Errorf("good in the tables of real nodes, by id: %v; dead: %v", good, dead)
	}
	total := 0
	for _, n := range good {
		total += n
	}
	t.Logf("%d nodes of ours are good in %d places of %d real tables", len(good), total, len(s.Real))
}

// opinions counts for each of our nodes the real nodes that hold it as good, and as dead.
func (s *Swarm) opinions(t *testing.T) (good, dead map[string]int) {
	good, dead = map[string]int{}, map[string]int{}
	for _, r := range s.Real {
		entries, err := r.Table()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !slices.ContainsFunc(s.Ours, func(o *Ours) bool { return o.ID() == e.ID }) {
				continue
			}
			if e.Good {
				good[e.ID]++
			}
			if e.Dead {
				dead[e.ID]++
			}
		}
	}
	return good, dead
}

// testPuts lets each member that can put one value, and then every member get all of them.
func (s *Swarm) testPuts(t *testing.T, kind string, put func(Member, wire.Hash, string) (time.Duration, error), can func(Member) bool) {
	texts := map[wire.Hash]string{}
	for i, m := range s.Members() {
		if !can(m) {
			continue
		}
		text := fmt.Sprintf("%s-%d", kind, i)
		key := wire.KeyOf([]byte(text))
		texts[key] = text
		if _, err := put(m, key, text); err != nil {
			t.Errorf("%s: put through node %d (real: %v): %v", kind, i, m.Real(), err)
		}
	}
	s.each(s.Members(), func(m Member) {
		for key, text := range texts {
			found, err := getText(m, key, text)
			switch at := slices.IndexFunc(found.Values, hasText(text)); {
			case err != nil:
				t.Errorf("get %s through %s (real: %v): %v", text, m.ID(), m.Real(), err)
			case at < 0:
				t.Errorf("get %s through %s (real: %v): found %+v", text, m.ID(), m.Real(), found.Values)
			case kind == "signed" && !found.Values[at].Signed:
				t.Errorf("get %s through %s (real: %v): the value is not signed", text, m.ID(), m.Real())
			}
		}
	})
}

// getText gets a key that holds a text. The real client now and then completes a get with nothing,
// about once in ten thousand times on a busy machine, also alone among its own kind: it may ask twice.
func getText(m Member, key wire.Hash, text string) (Found, error) {
	found, err := m.Get(key)
	if m.Real() && err == nil && !slices.ContainsFunc(found.Values, hasText(text)) {
		return m.Get(key)
	}
	return found, err
}

// each runs f for the members at the same time and waits for all.
func (s *Swarm) each(members []Member, f func(Member)) {
	var all sync.WaitGroup
	for _, m := range members {
		all.Go(func() { f(m) })
	}
	all.Wait()
}

// testEncrypted sends a value from each identity to each, and checks that the recipient reads it and
// that nobody else does.
func (s *Swarm) testEncrypted(t *testing.T) {
	var parties []Member
	for _, m := range s.Members() {
		if m.KeyID() != "" {
			parties = append(parties, m)
		}
	}
	key := func(to Member) wire.Hash { return wire.KeyOf([]byte("inbox of " + to.KeyID())) }
	for i, from := range parties {
		for _, to := range parties {
			if _, err := from.PutEncrypted(key(to), to.KeyID(), fmt.Sprintf("secret-%d", i)); err != nil {
				t.Errorf("put from %s (real: %v) to %s (real: %v): %v", from.ID(), from.Real(), to.ID(), to.Real(), err)
			}
		}
	}
	for _, reader := range parties {
		for _, to := range parties {
			found, err := reader.Get(key(to))
			if err != nil {
				t.Errorf("get through %s (real: %v): %v", reader.ID(), reader.Real(), err)
			}
			if reader != to {
				if len(found.Values) != 0 {
					t.Errorf("%s (real: %v) reads values of another: %+v", reader.ID(), reader.Real(), found.Values)
				}
				continue
			}
			for i, from := range parties {
				at := slices.IndexFunc(found.Values, hasText(fmt.Sprintf("secret-%d", i)))
				if at < 0 || !found.Values[at].Decrypted || !found.Values[at].Signed {
					t.Errorf("%s (real: %v) does not read what %s (real: %v) sent it; it has %+v", reader.ID(), reader.Real(), from.ID(), from.Real(), found.Values)
				}
			}
		}
	}
}

// testLarge puts values of many fragments through both kinds.
func (s *Swarm) testLarge(t *testing.T) {
	for _, size := range []int{700, 4000, 60000} {
		for _, from := range []Member{s.Real[0], s.Ours[0]} {
			text := strings.Repeat("l", size)
			key := wire.KeyOf(fmt.Appendf(nil, "large %d %v", size, from.Real()))
			if _, err := from.Put(key, text); err != nil {
				t.Errorf("put of %d bytes (real: %v): %v", size, from.Real(), err)
				continue
			}
			for _, m := range []Member{s.Real[1], s.Ours[1], s.Real[2], s.Ours[2]} {
				found, err := m.Get(key)
				if err != nil || !slices.ContainsFunc(found.Values, hasText(text)) {
					t.Errorf("get of %d bytes, put by a node (real: %v), through another (real: %v): %d values, %v", size, from.Real(), m.Real(), len(found.Values), err)
				}
			}
		}
	}
}

// testVersions lets one of ours replace its signed value: our listeners hear of each version, and the
// last one is what every node gets. (The listeners of dhtnode 2.4 report an id once.)
func (s *Swarm) testVersions(t *testing.T) {
	const versions = 4
	key, id := wire.KeyOf([]byte("versions")), uint64(4711)
	watcher, err := s.Ours[2].Listen(key)
	if err != nil {
		t.Fatal(err)
	}
	name := func(version int) string { return fmt.Sprintf("version-%d", version) }
	for v := range versions {
		if err := s.Ours[0].PutVersion(key, id, uint16(v), name(v)); err != nil {
			t.Fatal(err)
		}
		if _, err := watcher.Await(15*time.Second, name(v)); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range []Member{s.Real[1], s.Ours[1], s.Real[2], s.Ours[2]} {
		found, err := m.Get(key)
		if err != nil || len(found.Values) != 1 || found.Values[0].Text != name(versions-1) {
			t.Errorf("get through %s (real: %v): %+v, %v", m.ID(), m.Real(), found.Values, err)
		}
	}
}

// promptly is how soon a listener must hear of a change.
const promptly = time.Second

// testListeners watches one key at a node of either kind and puts through both kinds.
func (s *Swarm) testListeners(t *testing.T) {
	key := wire.KeyOf([]byte("watched"))
	last := []Member{s.Real[len(s.Real)-1], s.Ours[len(s.Ours)-1]}
	var watches []Watch
	for _, m := range last {
		w, err := m.Listen(key)
		if err != nil {
			t.Fatal(err)
		}
		watches = append(watches, w)
	}
	// A first value shows that the registrations are in place.
	await := func(text string, limit time.Duration) {
		start := time.Now()
		for i, w := range watches {
			at, err := w.Await(limit, text)
			if err != nil {
				t.Errorf("listener at a node (real: %v): %v", last[i].Real(), err)
				continue
			}
			t.Logf("%s heard at a node (real: %v) %v after its put was done", text, last[i].Real(), at.Sub(start).Round(time.Microsecond))
		}
	}
	if _, err := s.Ours[0].Put(key, "first"); err != nil {
		t.Fatal(err)
	}
	await("first", 15*time.Second)
	for round := range 5 {
		for _, from := range []Member{s.Real[1], s.Ours[1]} {
			text := fmt.Sprintf("change-%d-%v", round, from.Real())
			if _, err := from.Put(key, text); err != nil {
				t.Fatal(err)
			}
			await(text, promptly)
		}
	}
}

// realMisses is the part of gets that the real client may answer with nothing right after such a
// death although a replica lives: alone among its own kind it does so in one or two of a thousand.
const realMisses = 0.005

// testMassDeath puts values, kills a third of all nodes of either kind in the same moment, finds out
// which values have a living replica, and gets those through the survivors at once. Ours must find
// every one.
func (s *Swarm) testMassDeath(t *testing.T) {
	var keys []wire.Hash
	members := s.Members()
	for i := range 3 * len(members) {
		key := wire.KeyOf(fmt.Appendf(nil, "survivor-%d", i))
		if _, err := members[i%len(members)].Put(key, "survivor"); err != nil {
			t.Errorf("put: %v", err)
		}
		keys = append(keys, key)
	}
	var living, dying []Member
	for i, m := range members {
		if i%6 < 2 {
			dying = append(dying, m)
		} else {
			living = append(living, m)
		}
	}
	// The real node that listens prints what it hears between the answers to commands.
	living = slices.DeleteFunc(living, func(m Member) bool { return len(s.Real) > 0 && m == Member(s.Real[len(s.Real)-1]) })
	s.each(dying, Member.Kill)

	alive := s.withReplica(t, living, keys)
	t.Logf("%d of %d nodes killed; %d of %d values have a living replica", len(dying), len(members), len(alive), len(keys))
	var mu sync.Mutex
	lost := map[bool][]string{}
	waits := map[bool][]time.Duration{}
	s.each(living, func(m Member) {
		for _, key := range alive {
			found, err := m.Get(key)
			mu.Lock()
			waits[m.Real()] = append(waits[m.Real()], found.First)
			mu.Unlock()
			if err != nil || !slices.ContainsFunc(found.Values, hasText("survivor")) {
				mu.Lock()
				lost[m.Real()] = append(lost[m.Real()], fmt.Sprintf("%s at %s: %v", key, m.ID(), err))
				mu.Unlock()
			}
		}
	})
	for real, samples := range waits {
		t.Logf("first value through the survivors (real: %v): median %.1f ms, 99th percentile %.1f ms, %d of %d not found",
			real, percentile(samples, 50), percentile(samples, 99), len(lost[real]), len(samples))
		if most := map[bool]float64{true: realMisses}[real]; float64(len(lost[real])) > most*float64(len(samples)) {
			t.Errorf("%d of %d gets (real: %v) did not find a value that has a living replica:\n%s",
				len(lost[real]), len(samples), real, strings.Join(lost[real], "\n"))
		}
	}
}

// withReplica returns the keys under which some living member stores something.
func (s *Swarm) withReplica(t *testing.T, living []Member, keys []wire.Hash) []wire.Hash {
	p, err := newProber(nil, s.Network, false)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	var alive []wire.Hash
	for _, key := range keys {
		for _, m := range living {
			stored, err := p.stores(m, key)
			if err != nil {
				t.Fatal(err)
			}
			if stored {
				alive = append(alive, key)
				break
			}
		}
	}
	return alive
}
