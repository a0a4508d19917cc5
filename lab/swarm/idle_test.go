// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package swarm

import (
	"slices"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/dhtnode"
	"bellwire/lab/netns"
)

const (
	idleSettling = time.Minute
	idlePeriod   = 200 * time.Second
)

// BenchmarkIdleTraffic counts what nodes send and receive that have nothing to do: fifteen of either
// kind in one swarm in a network namespace of their own, IP bytes in and out over 200 s after a
// minute of settling.
func BenchmarkIdleTraffic(b *testing.B) {
	peer.Need(b, dhtnode.Program)
	ns := netns.New(b)
	meter := ns.NewMeter(b, "lo")
	s := Start(b, Config{In: ns, Real: 15, Ours: 15})
	<-time.After(idleSettling)
	before := meter.Totals()
	<-time.After(idlePeriod)
	after := meter.Totals()
	report := func(members []Member) func(*testing.B) {
		return func(b *testing.B) { reportIdle(b, members, before, after) }
	}
	b.Run("dhtnode", report(as(s.Real)))
	b.Run("bellwire", report(as(s.Ours)))
}

// as gives nodes of one kind the common face.
func as[M Member](nodes []M) []Member {
	members := make([]Member, len(nodes))
	for i, n := range nodes {
		members[i] = n
	}
	return members
}

func reportIdle(b *testing.B, members []Member, before, after map[uint16]netns.Traffic) {
	var rates []float64
	var bytes, packets float64
	for _, m := range members {
		port := m.Addr().Port()
		sent := float64(after[port].Bytes - before[port].Bytes)
		rates = append(rates, sent/idlePeriod.Seconds())
		bytes += sent
		packets += float64(after[port].Packets - before[port].Packets)
	}
	slices.Sort(rates)
	nodeSeconds := idlePeriod.Seconds() * float64(len(members))
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(rates[len(rates)/2], "p50-B/s")
	b.ReportMetric(rates[len(rates)-1], "max-B/s")
	b.ReportMetric(bytes/nodeSeconds, "mean-B/s")
	b.ReportMetric(packets/nodeSeconds, "mean-packets/s")
}
