// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/bell"
	"bellwire/lab/jamid"
	"bellwire/lab/wait"
	"bellwire/phone"
	"bellwire/web"
)

const (
	calls        = 20 // a median is taken of
	furtherNodes = 8  // of the DHT, beside the one that everybody knows
)

// BenchmarkColdCallWithJami measures the way from the request for a call to an established call between
// two programs that have no connection, on one router with both families beside a DHT of nine nodes. The
// callee runs and answers by itself. Before each call the caller is started anew, with its account and
// what it keeps on the disk, and is asked for the call over its local interface as soon as it says that
// its account is announced; from-start counts from the start of the program. The three kinds of
// calls take turns.
func BenchmarkColdCallWithJami(b *testing.B) {
	s := newSetup(b)
	var real, out, in stopwatch
	for range calls {
		start := s.restartJami(b)
		real.add(start, s.jamiCalls(b, s.callee.ID))
		start = s.restartBell(b)
		out.add(start, s.bellCalls(b))
		s.bell.answerAll(b)
		start = s.restartJami(b)
		in.add(start, s.jamiCalls(b, s.bell.ID))
	}
	b.Run("jamid", real.report)
	b.Run("bellwire-to-jamid", out.report)
	b.Run("jamid-to-bellwire", in.report)
}

// BenchmarkWarmCallWithJami measures the same between programs that run and have a connection, which
// was made for a call before. They too take turns.
func BenchmarkWarmCallWithJami(b *testing.B) {
	s := newSetup(b)
	s.jamiCalls(b, s.callee.ID)
	s.bellCalls(b)
	s.jamiCalls(b, s.bell.ID)
	var real, out, in stopwatch
	for range calls {
		<-time.After(beacon)
		real.add(time.Time{}, s.jamiCalls(b, s.callee.ID))
		out.add(time.Time{}, s.bellCalls(b))
		in.add(time.Time{}, s.jamiCalls(b, s.bell.ID))
	}
	b.Run("jamid", real.report)
	b.Run("bellwire-to-jamid", out.report)
	b.Run("jamid-to-bellwire", in.report)
}

// beacon is the time between two calls of jamid over one link that keeps it from taking the sign of life
// that it asked for with the second for the missing one of the first.
const beacon = 3*time.Second + 500*time.Millisecond

// talk is how long a call lasts: this version of jamid does not survive the end of one while it makes out
// what sound comes.
const talk = 1500 * time.Millisecond

// setup is three programs that call one another.
type setup struct {
	bell         *Bellwire
	jami, callee *jamid.Account // the second answers by itself
}

func newSetup(b *testing.B) *setup {
	b.Helper()
	peer.NeedRoot(b)
	place := NewPlace(b, Both, 3)
	place.AddNodes(b, furtherNodes)
	answers := place.JamiAccount()
	answers.Details = map[string]string{"Account.autoAnswer": "true"}
	s := &setup{
		bell:   place.NewBellwire(b, 0),
		jami:   place.quietJami(b, 1).NewAccount(b, place.JamiAccount()),
		callee: place.quietJami(b, 2).NewAccount(b, answers),
	}
	s.bell.answerAll(b)
	return s
}

// quietJami runs a daemon that writes no log, as that of a person would.
func (p *Place) quietJami(b *testing.B, machine int) *jamid.Daemon {
	b.Helper()
	return jamid.Start(b, jamid.Config{In: p.star.Ends[machine], Tone: jamiTone, Quiet: true})
}

// answerAll answers the calls of an engine until it ends.
func (b *Bellwire) answerAll(t testing.TB) {
	t.Helper()
	answering := b.Start(t, "answer", "--tone", "440")
	if _, _, err := answering.Await(0, startLimit, func(e bell.Event) bool { return e.Event == "ready" }); err != nil {
		t.Fatal(err)
	}
}

// restartJami returns when the daemon was started.
func (s *setup) restartJami(b *testing.B) time.Time {
	b.Helper()
	s.jami.Signal(os.Interrupt)
	s.jami.ExitCode(b, callLimit)
	start := time.Now()
	s.jami.Restart(b)
	s.jami.AwaitRegistered(b)
	return start
}

// restartBell returns when the engine was started.
func (s *setup) restartBell(b *testing.B) time.Time {
	b.Helper()
	s.bell.Engine.Signal(os.Interrupt)
	s.bell.Engine.ExitCode(b, callLimit)
	start := time.Now()
	s.bell.Up(b)
	return start
}

// setUp is a call that was set up.
type setUp struct{ requested, established time.Time }

// jamiCalls places a call and hangs up when it is established.
func (s *setup) jamiCalls(b *testing.B, to string) setUp {
	b.Helper()
	c := s.jami.Call(b, to)
	current := c.Await(b, callLimit, jamid.Current)
	<-time.After(talk)
	c.HangUp(b)
	s.rest(b)
	return setUp{c.Placed, current.At}
}

// bellCalls is the same for a call of Bellwire to the real Jami that answers.
func (s *setup) bellCalls(b *testing.B) setUp {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	since, requested := s.bell.Now(), time.Now()
	info, detach, err := s.bell.Client.Place(ctx, web.Place{Target: s.callee.ID, Options: phone.Options{Sound: phone.Sound{Tone: bellTone}}})
	if err != nil {
		b.Fatal(err)
	}
	defer detach()
	established := s.bell.Await(b, since, info.ID, "established")
	<-time.After(talk)
	s.bell.Act(b, info.ID, "hangup", nil)
	s.rest(b)
	return setUp{requested, established.Received}
}

// rest returns when nobody has a call any more.
func (s *setup) rest(b *testing.B) {
	b.Helper()
	wait.For(b, callLimit, "all calls to end", func() bool {
		here, err := s.bell.Client.Calls(context.Background())
		return err == nil && len(here) == 0 && len(s.jami.Calls(b)) == 0 && len(s.callee.Calls(b)) == 0
	})
}

// stopwatch collects the times of calls, in milliseconds.
type stopwatch struct{ fromStart, fromRequest []float64 }

func (s *stopwatch) add(start time.Time, c setUp) {
	ms := func(from time.Time) float64 { return float64(c.established.Sub(from)) / float64(time.Millisecond) }
	s.fromRequest = append(s.fromRequest, ms(c.requested))
	if !start.IsZero() {
		s.fromStart = append(s.fromStart, ms(start))
	}
}

func (s *stopwatch) report(b *testing.B) {
	b.ReportMetric(0, "ns/op")
	for name, times := range map[string][]float64{"from-start": s.fromStart, "from-request": s.fromRequest} {
		if len(times) == 0 {
			continue
		}
		slices.Sort(times)
		b.ReportMetric(times[(len(times)-1)/2], name+"-p50-ms")
		b.ReportMetric(times[len(times)-1], name+"-max-ms")
	}
}
