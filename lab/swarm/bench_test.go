// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package swarm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwire/dht/wire"
	"bellwire/internal/peer"
	"bellwire/lab/dhtnode"
)

// operations is how many puts and gets each kind of node makes, in turn.
const operations = 300

// latencies are what one kind of node measured.
type latencies struct {
	put, first, complete, absent []time.Duration
	missed                       int // gets that did not find their value
}

// BenchmarkLatency compares puts and gets of 100 bytes through the real client and through ours, in
// one swarm of twenty nodes of each kind on one machine, taking turns. Each node measures its own
// operations: a put until its confirmation by the nodes that store it, a get until the first value
// and until its completion, and a get of a key with nothing under it.
func BenchmarkLatency(b *testing.B) {
	peer.Need(b, dhtnode.Program)
	s := Start(b, Config{Real: 20, Ours: 20, Limit: 2 * time.Minute})
	var real, ours latencies
	for i := range operations {
		real.measure(b, i, anyOf(s.Real), s.Members())
		ours.measure(b, i, anyOf(s.Ours), s.Members())
	}
	b.Run("dhtnode", real.report)
	b.Run("bellwire", ours.report)
}

func anyOf[M Member](members []M) Member { return members[rand.IntN(len(members))] }

// measure lets m put one value, and get one that some other member put.
func (l *latencies) measure(b *testing.B, i int, m Member, all []Member) {
	b.Helper()
	text := strings.Repeat("x", 100)
	took, err := m.Put(freshKey(i), text)
	if err != nil {
		b.Fatalf("put through %s (real: %v): %v", m.ID(), m.Real(), err)
	}
	l.put = append(l.put, took)

	key := freshKey(i)
	other := anyOf(all)
	for other == m {
		other = anyOf(all)
	}
	if _, err := other.Put(key, text); err != nil {
		b.Fatalf("put through %s (real: %v): %v", other.ID(), other.Real(), err)
	}
	found, err := m.Get(key)
	if err != nil {
		b.Fatalf("get through %s (real: %v): %v", m.ID(), m.Real(), err)
	}
	if len(found.Values) == 1 {
		l.first, l.complete = append(l.first, found.First), append(l.complete, found.Complete)
	} else {
		l.missed++
	}

	found, err = m.Get(freshKey(i))
	if err != nil || len(found.Values) != 0 {
		b.Fatalf("get of nothing through %s (real: %v): %d values, %v", m.ID(), m.Real(), len(found.Values), err)
	}
	l.absent = append(l.absent, found.Complete)
}

func freshKey(i int) wire.Hash { return wire.KeyOf(fmt.Appendf(nil, "%d %d", i, rand.Uint64())) }

func (l *latencies) report(b *testing.B) {
	b.ReportMetric(0, "ns/op")
	for _, m := range []struct {
		name    string
		samples []time.Duration
	}{{"first-value", l.first}, {"get", l.complete}, {"absent", l.absent}, {"put", l.put}} {
		b.ReportMetric(percentile(m.samples, 50), m.name+"-p50-ms")
		b.ReportMetric(percentile(m.samples, 90), m.name+"-p90-ms")
	}
	b.ReportMetric(float64(l.missed), "missed")
}

// percentile returns a percentile of the samples in milliseconds.
func percentile(samples []time.Duration, p int) float64 {
	sorted := slices.Sorted(slices.Values(samples))
	return float64(sorted[(len(sorted)-1)*p/100]) / float64(time.Millisecond)
}
