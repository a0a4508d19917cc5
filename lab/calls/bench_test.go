// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package calls

import (
	"os"
	"slices"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/bell"
)

// rounds is how many calls a median is taken of.
const rounds = 20

// BenchmarkCall measures the way from `call` to an established call between two machines on one
// router, beside a private DHT of eight nodes. The callee answers at once. "Cold": the accounts
// exist, both programs have just started, and the time counts from the start of the caller's program,
// joining the DHT included. "Warm": both have run for a while and have a link up; the time counts from
// the moment the engine is asked for the call, and once more from the start of the command that asks.
func BenchmarkCall(b *testing.B) {
	peer.NeedRoot(b)
	b.Run("cold", benchmarkCold)
	b.Run("warm", benchmarkWarm)
}

func benchmarkCold(b *testing.B) {
	place := NewPlace(b, 2, false)
	alice, _ := place.NewHome(b, 0)
	bob, bobID := place.NewHome(b, 1)
	var all stopwatch
	for range rounds {
		answering := Answer(b, bob, "--once")
		all.call(b, alice, bobID)
		answering.ExitCode(b, limit)
	}
	all.report(b)
}

func benchmarkWarm(b *testing.B) {
	place := NewPlace(b, 2, false)
	alice, _ := place.NewHome(b, 0)
	bob, bobID := place.NewHome(b, 1)
	Answer(b, bob)
	up(b, alice)
	var first, all stopwatch
	first.call(b, alice, bobID)
	for range rounds {
		all.call(b, alice, bobID)
	}
	all.report(b)
}

// stopwatch collects the times of calls.
type stopwatch struct {
	fromStart, fromRequest []time.Duration // to the established call, since the command's start and its first event
	ringing                []time.Duration // from the first event to the first ringing
}

// call places one call from a fresh command and hangs up when it is established.
func (s *stopwatch) call(b *testing.B, from *bell.Home, to string) {
	b.Helper()
	start := time.Now()
	calling := from.Start(b, "call", to)
	requested, next, err := calling.Await(0, limit, func(e bell.Event) bool { return e.State != "" })
	if err != nil {
		b.Fatal(err)
	}
	ringing, next, err := calling.Await(next, limit, bell.State("ringing"))
	if err != nil {
		b.Fatal(err)
	}
	established, _, err := calling.Await(next, limit, bell.State("established"))
	if err != nil {
		b.Fatal(err)
	}
	s.fromStart = append(s.fromStart, established.Received.Sub(start))
	s.fromRequest = append(s.fromRequest, established.Time.Sub(requested.Time))
	s.ringing = append(s.ringing, ringing.Time.Sub(requested.Time))
	calling.Signal(os.Interrupt)
	if code := calling.ExitCode(b, limit); code != 0 {
		b.Fatalf("call ended with exit code %d:\n%s", code, calling.Output())
	}
}

func (s *stopwatch) report(b *testing.B) {
	b.ReportMetric(0, "ns/op")
	for _, m := range []struct {
		name  string
		times []time.Duration
	}{{"from-start", s.fromStart}, {"from-request", s.fromRequest}, {"to-ringing", s.ringing}} {
		slices.Sort(m.times)
		b.ReportMetric(milliseconds(m.times[(len(m.times)-1)/2]), m.name+"-p50-ms")
		b.ReportMetric(milliseconds(m.times[len(m.times)-1]), m.name+"-max-ms")
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
