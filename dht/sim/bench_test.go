// SPDX-License-Identifier: GPL-3.0-or-later

package sim_test

import (
	"fmt"
	"testing"
	"time"

	"bellwire/dht/search"
	"bellwire/dht/sim"
)

// BenchmarkLookup measures lookups in networks with the troubles of the open internet: round trips of
// 20 to 400 ms, 5 % of the packets lost, a tenth of the nodes replaced every ten minutes and a tenth
// answering nobody. Half of the nodes look up as OpenDHT's own client does, for comparison.
func BenchmarkLookup(b *testing.B) {
	for _, size := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			for range b.N {
				measure(b, size)
			}
		})
	}
}

func measure(b *testing.B, size int) {
	w := sim.New(sim.Config{
		Seed: 1, Nodes: size, Loss: 0.05, Mute: 0.1, Replaced: 0.1, JoinTime: 2 * time.Minute,
		Strategy: func(i int) search.Strategy {
			if i%2 == 0 {
				return search.Prompt()
			}
			return search.Classic()
		},
	})
	w.Run(15 * time.Minute)
	keys := w.Publish(size / 10)
	w.Run(time.Minute)
	idle := w.Traffic()
	lookups := w.Measure(keys, 4000, 20*time.Minute)
	after := w.Traffic()
	ours, theirs := sim.Split(lookups)
	fmt.Println(size, "ours   ", sim.Sum(ours))
	fmt.Println(size, "classic", sim.Sum(theirs))
	fmt.Println(idle, after)
}
