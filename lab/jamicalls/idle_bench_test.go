// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"bellwire/call"
	"bellwire/internal/peer"
	"bellwire/lab/bell"
	"bellwire/lab/jamid"
	"bellwire/lab/netns"
	"bellwire/lab/proc"
	"bellwire/phone"
	"bellwire/web"
)

const (
	idleSettling = time.Minute
	idlePeriod   = 200 * time.Second
	idleBells    = 3 // each with a real Jami as contact
	idlePairs    = 2 // of real Jamis
	idleNodes    = 20
)

// BenchmarkIdleWithJami counts what programs cost whose owners do nothing for 200 s, a minute after each
// became the contact of another and sent it a text, so that the two have a connection: four real
// Jamis among themselves, and three Bellwires each with a real Jami. Each has a machine of its own,
// beside a DHT of 21 nodes, all over IPv4. The traffic is that of the machine's interface with the Ethernet
// headers; the figures are means, since much depends on whose values a node happens to keep.
func BenchmarkIdleWithJami(b *testing.B) {
	peer.NeedRoot(b)
	place := NewPlace(b, IPv4, 2*(idleBells+idlePairs))
	place.AddNodes(b, idleNodes)
	var ours, theirs, jamis []*idler
	machine := 0
	jami := func() (*idler, *jamid.Account) {
		j := place.quietJami(b, machine).NewAccount(b, place.JamiAccount())
		machine++
		return place.newIdler(machine-1, j.Process), j
	}
	for range idleBells {
		bellwire := place.NewBellwire(b, machine)
		ours = append(ours, place.newIdler(machine, bellwire.Engine.Process))
		machine++
		i, j := jami()
		theirs = append(theirs, i)
		bellwire.befriend(b, j)
	}
	for range idlePairs {
		first, alice := jami()
		second, bob := jami()
		jamis = append(jamis, first, second)
		befriendJamis(b, alice, bob)
	}
	<-time.After(idleSettling)

	all := slices.Concat(ours, theirs, jamis)
	for _, i := range all {
		i.start(b)
	}
	<-time.After(idlePeriod)
	for _, i := range all {
		i.stop(b)
	}
	b.Run("jamid", func(b *testing.B) { reportIdle(b, jamis) })
	b.Run("bellwire", func(b *testing.B) { reportIdle(b, ours) })
	b.Run("jamid-of-bellwire", func(b *testing.B) { reportIdle(b, theirs) })
}

// befriend makes contacts of two who then exchange texts.
func (b *Bellwire) befriend(t testing.TB, j *jamid.Account) {
	t.Helper()
	atJami, atBell := j.Now(), b.Now()
	if _, err := b.Client.AddContact(t.Context(), web.AddContact{Account: b.ID, Target: j.ID}); err != nil {
		t.Fatal(err)
	}
	j.AwaitRequest(t, atJami, limit, b.ID)
	j.AcceptRequest(t, b.ID)
	await := func(match func(bell.Event) bool) {
		t.Helper()
		if _, _, err := b.Engine.Await(atBell, limit, match); err != nil {
			t.Fatal(err)
		}
	}
	await(func(e bell.Event) bool { return e.Peer == j.ID && e.Contact == call.Confirmed.String() })
	j.Watch(t, b.ID)
	if _, err := b.Client.Text(t.Context(), web.Text{Account: b.ID, Target: j.ID, Text: "hello, Jami"}); err != nil {
		t.Fatal(err)
	}
	j.AwaitText(t, atJami, limit, "hello, Jami")
	text := j.Send(t, b.ID, "hello, Bellwire")
	await(func(e bell.Event) bool { return e.Event == phone.TextEvent && e.Direction == phone.In })
	text.Await(t, limit, jamid.Sent)
}

// befriendJamis does the same with two real Jamis.
func befriendJamis(t testing.TB, alice, bob *jamid.Account) {
	t.Helper()
	atAlice, atBob := alice.Now(), bob.Now()
	alice.SendRequest(t, bob.ID, card)
	bob.AwaitRequest(t, atBob, limit, alice.ID)
	bob.AcceptRequest(t, alice.ID)
	alice.AwaitContact(t, atAlice, limit, bob.ID, true)
	alice.Watch(t, bob.ID)
	bob.Watch(t, alice.ID)
	alice.Send(t, bob.ID, "hello, Bob")
	bob.AwaitText(t, atBob, limit, "hello, Bob")
	bob.Send(t, alice.ID, "hello, Alice")
	alice.AwaitText(t, atAlice, limit, "hello, Alice")
}

// idler is a program that is measured, alone on its machine.
type idler struct {
	*proc.Process
	machine *netns.Namespace
	link    string
	in, out netns.Traffic
	cpu     time.Duration
	began   time.Time
	took    time.Duration
	memory  proc.Memory // at the end
}

func (p *Place) newIdler(machine int, program *proc.Process) *idler {
	return &idler{Process: program, machine: p.star.Ends[machine], link: fmt.Sprintf("end%d", machine)}
}

// start begins to measure.
func (i *idler) start(b *testing.B) {
	b.Helper()
	i.in, i.out = i.machine.Counters(b, i.link)
	i.cpu, i.began = i.used(b), time.Now()
}

func (i *idler) used(b *testing.B) time.Duration {
	b.Helper()
	used, err := i.CPU()
	if err != nil {
		b.Fatal(err)
	}
	return used
}

// stop ends the measurement: what was counted at its beginning becomes the difference.
func (i *idler) stop(b *testing.B) {
	b.Helper()
	in, out := i.machine.Counters(b, i.link)
	i.in, i.out = difference(in, i.in), difference(out, i.out)
	i.cpu, i.took = i.used(b)-i.cpu, time.Since(i.began)
	var err error
	if i.memory, err = i.Memory(); err != nil {
		b.Fatal(err)
	}
}

func difference(now, before netns.Traffic) netns.Traffic {
	return netns.Traffic{Packets: now.Packets - before.Packets, Bytes: now.Bytes - before.Bytes}
}

// reportIdle reports the means of programs.
func reportIdle(b *testing.B, programs []*idler) {
	b.ReportMetric(0, "ns/op")
	mean := func(unit string, figure func(*idler) float64) {
		var sum float64
		for _, i := range programs {
			sum += figure(i)
		}
		b.ReportMetric(sum/float64(len(programs)), unit)
	}
	mean("in-B/s", func(i *idler) float64 { return float64(i.in.Bytes) / i.took.Seconds() })
	mean("out-B/s", func(i *idler) float64 { return float64(i.out.Bytes) / i.took.Seconds() })
	mean("packets/s", func(i *idler) float64 { return float64(i.in.Packets+i.out.Packets) / i.took.Seconds() })
	mean("CPU-ms/min", func(i *idler) float64 { return i.cpu.Seconds() * 1000 / i.took.Minutes() })
	mean("RSS-MiB", func(i *idler) float64 { return float64(i.memory.Resident) / (1 << 20) })
}
