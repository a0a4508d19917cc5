// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"bellwire/lab/netns"
	"bellwire/lab/proc"
	"bellwire/lab/wait"
	"bellwire/web"
)

// growth watches what a program has that it should not have more and more of.
type growth struct {
	name    string
	program *proc.Process
	machine *netns.Namespace // with nobody else on it
	client  *web.Client      // of a Bellwire

	first   possessions // when it had settled
	samples []possessions
}

// possessions are what a program has at a moment.
type possessions struct {
	sockets        []netns.Socket
	files, threads int
	goroutines     int   // of a Bellwire
	resident       int64 // bytes of memory
}

func (p possessions) String() string {
	return fmt.Sprintf("%d sockets, %d files, %d threads, %d goroutines, %.1f MiB",
		len(p.sockets), p.files, p.threads, p.goroutines, float64(p.resident)/(1<<20))
}

// asking is how many goroutines may serve, or still end serving, the questions for this very figure.
const asking = 2

// same leaves out what comes and goes.
func (p possessions) same(o possessions) bool {
	return slices.Equal(p.sockets, o.sockets) && p.files == o.files && max(p.goroutines, o.goroutines)-min(p.goroutines, o.goroutines) <= asking
}

func (g *growth) measure(t *testing.T) (now possessions) {
	t.Helper()
	var errs [5]error
	if g.client != nil {
		g.client.Close() // those left idle by others would be counted
		info, err := g.client.Info(t.Context())
		now.goroutines, errs[0] = info.Goroutines, err
	}
	now.sockets, errs[1] = g.machine.Sockets()
	now.files, errs[2] = g.program.Files()
	now.threads, errs[3] = g.program.Threads()
	memory, err := g.program.Memory()
	now.resident, errs[4] = memory.Resident, err
	for _, err := range errs {
		if err != nil {
			t.Fatalf("look at what %s has: %v", g.name, err)
		}
	}
	return now
}

// settleLimit is longer than a SIP transaction lasts.
const settleLimit = time.Minute

// settle remembers what the program has, once that stays the same for a second.
func (g *growth) settle(t *testing.T) {
	t.Helper()
	var since time.Time
	wait.For(t, settleLimit, "what "+g.name+" has to stay the same", func() bool {
		now := g.measure(t)
		if !now.same(g.first) {
			g.first, since = now, time.Now()
		}
		return time.Since(since) > time.Second
	})
}

// within reports whether there is nothing that was not there before.
func (p possessions) within(o possessions) bool {
	for _, socket := range p.sockets {
		if !slices.Contains(o.sockets, socket) {
			return false
		}
	}
	return p.files <= o.files && p.goroutines <= o.goroutines+asking
}

// sample takes a figure.
func (g *growth) sample(t *testing.T) {
	t.Helper()
	g.samples = append(g.samples, g.measure(t))
}

// report tells the last figure.
func (g *growth) report(t *testing.T, n int) {
	t.Helper()
	t.Logf("%3d: %s has %v", n, g.name, g.samples[len(g.samples)-1])
}

// check waits until the program has nothing beyond what it had when it had settled, and compares its memory in the last
// third of the time with that in the second.
func (g *growth) check(t *testing.T) {
	t.Helper()
	var now possessions
	wait.Until(settleLimit, func() bool {
		now = g.measure(t)
		return now.within(g.first)
	})
	if !now.within(g.first) {
		t.Errorf("%s has at the end %v, had %v; its sockets are\n%v, were\n%v", g.name, now, g.first, now.sockets, g.first.sockets)
	}
	third := len(g.samples) / 3
	before, after := middle(g.samples[third:2*third]), middle(g.samples[2*third:])
	t.Logf("%s has at the end %v, had %v; its memory grew by %d KiB in a third of the time", g.name, now, g.first, (after-before)>>10)
	if after-before > mostGrowth {
		t.Errorf("the memory of %s grew by %d KiB in a third of the time", g.name, (after-before)>>10)
	}
}

// mostGrowth is what the collector of garbage may do to the memory by chance.
const mostGrowth = 4 << 20

// middle is the median of the memory.
func middle(samples []possessions) int64 {
	var all []int64
	for _, s := range samples {
		all = append(all, s.resident)
	}
	slices.Sort(all)
	return all[len(all)/2]
}
