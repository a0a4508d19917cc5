// SPDX-License-Identifier: GPL-3.0-or-later

package sim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/sim"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// rough is a network with the troubles of the open internet.
func rough(nodes int) sim.Config {
	return sim.Config{Seed: 1, Nodes: nodes, Loss: 0.05, Mute: 0.1, Replaced: 0.1, JoinTime: time.Minute}
}

// Published values are found under loss and churn, also long after their first lifetime.
func TestPublishedValuesAreFound(t *testing.T) {
	w := sim.New(rough(300))
	w.Run(3 * time.Minute)
	keys := w.Publish(30)
	w.Run(time.Minute)
	for _, after := range []time.Duration{0, 25 * time.Minute} {
		w.Run(after)
		r := sim.Sum(w.Measure(keys, 200, time.Minute))
		t.Logf("after %v: %v", after, r)
		if r.Lookups < 190 || r.FoundShare() < 0.995 {
			t.Errorf("after %v: %v", after, r)
		}
		if r.First > 250*time.Millisecond || r.FirstP99 > time.Second {
			t.Errorf("too slow after %v: %v", after, r)
		}
	}
}

// When a third of the nodes is killed at once, every value with a living replica is still found.
func TestThirdOfNodesKilled(t *testing.T) {
	cfg := rough(300)
	cfg.Replaced, cfg.Mute, cfg.Loss = 0, 0, 0
	w := sim.New(cfg)
	w.Run(3 * time.Minute)
	keys := w.Publish(40)
	w.Run(time.Minute)
	for range 100 {
		w.Kill(w.Pick(func(n *sim.Node) bool { return !n.Stays }))
	}
	var lookups []*sim.Lookup
	for i, key := range keys {
		for range 3 {
			w.At(time.Duration(i)*100*time.Millisecond, func() {
				lookups = append(lookups, w.Get(w.Pick(func(*sim.Node) bool { return true }), key))
			})
		}
	}
	w.Run(40 * time.Second)
	for _, l := range lookups {
		if l.Replica && !l.Found {
			t.Errorf("key %v: a replica lives and was not found", l.Key)
		}
		if !l.Finished {
			t.Errorf("key %v: the lookup did not end", l.Key)
		}
	}
}

// Listeners hear of values put while the network changes around them.
func TestListenersUnderChurn(t *testing.T) {
	w := sim.New(rough(300))
	w.Run(3 * time.Minute)
	answers := func(n *sim.Node) bool { return !n.Mute }
	heard := map[int][]time.Duration{}
	var putAt time.Time
	const listeners = 20
	for i := range listeners {
		n := w.Pick(answers)
		n.Stays = true
		key := wire.KeyOf([]byte{byte(i)})
		n.Do(func(e *engine.Engine, now time.Time) {
			e.Listen(now, key, value.Query{}, func(ev engine.Event) {
				if !ev.Expired {
					heard[i] = append(heard[i], w.Now().Sub(putAt))
				}
			})
		})
	}
	var late []time.Duration
	for round := range 4 {
		w.Run(12 * time.Minute)
		clear(heard)
		putAt = w.Now()
		for i := range listeners {
			w.Pick(answers).Do(func(e *engine.Engine, now time.Time) {
				e.Put(now, wire.KeyOf([]byte{byte(i)}), &value.Value{ID: uint64(round) + 1, Data: []byte("news")}, func(error) {})
			})
		}
		w.Run(10 * time.Second)
		for i := range listeners {
			if len(heard[i]) != 1 {
				t.Errorf("round %d: listener %d heard %d times", round, i, len(heard[i]))
				continue
			}
			late = append(late, heard[i][0])
		}
	}
	slices.Sort(late)
	t.Logf("heard after: median %v, longest %v", late[len(late)/2], late[len(late)-1])
	if late[len(late)/2] > time.Second {
		t.Error("half of the listeners heard later than after a second")
	}
}

// The same seed gives the same run, to the packet.
func TestRunsRepeat(t *testing.T) {
	run := func() string {
		w := sim.New(rough(100))
		w.Run(2 * time.Minute)
		keys := w.Publish(10)
		w.Run(time.Minute)
		return fmt.Sprint(w.Packets, sim.Sum(w.Measure(keys, 50, time.Minute)))
	}
	if a, b := run(), run(); a != b {
		t.Errorf("one run: %s\nanother: %s", a, b)
	}
}
