// SPDX-License-Identifier: GPL-3.0-or-later

package sim_test

import (
	"slices"
	"testing"
	"time"

	"bellwire/dht/search"
	"bellwire/dht/sim"
)

// 1,000 nodes with the troubles of the open internet: round trips of 20 to 400 ms (median 100), 5 % of
// the packets lost, a tenth of the nodes replaced every ten minutes, and a tenth answering nobody. Each
// lookup is for a published value with a living replica. Half of the nodes search as OpenDHT's own
// client does (classic: four questions at once, value ids before values, its timeouts), in the same
// network at the same time. Idle is the median of in and out before the lookups.
func BenchmarkLookup1000(b *testing.B) { measure(b, 1000) }

// The same with 10,000 nodes.
func BenchmarkLookup10000(b *testing.B) { measure(b, 10_000) }

func measure(b *testing.B, size int) {
	cfg := rough(size)
	cfg.JoinTime = 2 * time.Minute
	cfg.Strategy = func(i int) search.Strategy {
		if i%2 == 0 {
			return search.Prompt()
		}
		return search.Classic()
	}
	w := sim.New(cfg)
	w.Run(15 * time.Minute)
	idle := idleRate(w, 200*time.Second)
	keys := w.Publish(size / 10)
	w.Run(time.Minute)
	ours, classic := sim.Split(w.Measure(keys, 6000, 20*time.Minute))
	for _, half := range []struct {
		name    string
		lookups []*sim.Lookup
	}{{"ours", ours}, {"classic", classic}} {
		r := sim.Sum(half.lookups)
		b.Run(half.name, func(b *testing.B) {
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(ms(r.First), "first-value-p50-ms")
			b.ReportMetric(ms(r.FirstP99), "first-value-p99-ms")
			b.ReportMetric(ms(r.Whole), "complete-p50-ms")
			b.ReportMetric(ms(r.WholeP99), "complete-p99-ms")
			b.ReportMetric(r.Hops, "hops")
			b.ReportMetric(r.Requests, "requests/lookup")
			b.ReportMetric(100*r.FoundShare(), "found-%")
			b.ReportMetric(float64(r.Lookups), "lookups")
			if half.name == "ours" {
				b.ReportMetric(idle, "idle-B/s")
			}
		})
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// idleRate is the median over the nodes of the bytes sent and received in a second, while d passes.
func idleRate(w *sim.World, d time.Duration) float64 {
	before := w.Bytes()
	w.Run(d)
	var rates []float64
	for n, bytes := range w.Bytes() {
		if b, there := before[n]; there {
			rates = append(rates, float64(bytes-b)/d.Seconds())
		}
	}
	slices.Sort(rates)
	return rates[len(rates)/2]
}
