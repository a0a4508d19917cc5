// SPDX-License-Identifier: GPL-3.0-or-later

package engine_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// lab is one engine among peers played by the test, in fake time.
type lab struct {
	t    *testing.T
	e    *engine.Engine
	now  time.Time
	next time.Time
	sent []sent // by the engine, oldest first

	peers   map[netip.AddrPort]*peer
	answers []answer // of the peers, on their way
	jobs    []*engine.Job
	hold    bool // keep jobs instead of doing them
	boots   []time.Time
}

type sent struct {
	at time.Time
	to netip.AddrPort
	m  wire.Message
}

type answer struct {
	at   time.Time
	from netip.AddrPort
	m    *wire.Message
}

// newLab starts an engine with the id 0x80, zeros.
func newLab(t *testing.T, change ...func(*engine.Config)) *lab {
	l := &lab{t: t, now: time.Unix(1_700_000_000, 0), peers: map[netip.AddrPort]*peer{}}
	cfg := engine.Config{Host: l, Rand: rand.New(rand.NewPCG(1, 2)), ID: wire.Hash{0x80}, IPv4: true}
	for _, f := range change {
		f(&cfg)
	}
	l.e = engine.New(cfg)
	l.next = l.e.Start(l.now)
	return l
}

func (l *lab) Send(to netip.AddrPort, datagram []byte) {
	m, err := wire.Parse(slices.Clone(datagram))
	if err != nil {
		l.t.Fatalf("the engine sent a packet nobody can read: %v", err)
	}
	l.sent = append(l.sent, sent{l.now, to, m})
	if p := l.peers[to]; p != nil {
		p.receive(&m)
	}
}

func (l *lab) Verify(j *engine.Job) {
	if l.hold {
		l.jobs = append(l.jobs, j)
		return
	}
	l.e.Verified(l.now, j, value.Verify(j.Value))
}

func (l *lab) Bootstrap() { l.boots = append(l.boots, l.now) }

// do calls the engine at the present time.
func (l *lab) do(f func(e *engine.Engine, now time.Time)) {
	f(l.e, l.now)
	l.next = l.e.Tick(l.now)
	l.run(0)
}

// run lets time pass.
func (l *lab) run(d time.Duration) {
	end := l.now.Add(d)
	for {
		i := l.firstAnswer()
		at := l.next
		if i >= 0 && (at.IsZero() || !l.answers[i].at.After(at)) {
			at = l.answers[i].at
		} else {
			i = -1
		}
		if at.IsZero() || at.After(end) {
			break
		}
		if at.After(l.now) {
			l.now = at
		}
		if i < 0 {
			l.next = l.e.Tick(l.now)
			continue
		}
		a := l.answers[i]
		l.answers = slices.Delete(l.answers, i, i+1)
		l.deliver(a.from, a.m)
	}
	l.now = end
}

func (l *lab) firstAnswer() int {
	first := -1
	for i := range l.answers {
		if first < 0 || l.answers[i].at.Before(l.answers[first].at) {
			first = i
		}
	}
	return first
}

func (l *lab) deliver(from netip.AddrPort, m *wire.Message) {
	first := true
	for datagram := range m.Datagrams(nil) {
		if p := l.peers[from]; p != nil && p.loses > 0 && !first {
			p.loses--
			continue
		}
		first = false
		l.next = l.e.HandlePacket(l.now, from, datagram)
	}
}

// packet hands the engine a message of a peer and returns what it sent at once.
func (l *lab) packet(from netip.AddrPort, m wire.Message) []sent {
	l.t.Helper()
	before := len(l.sent)
	if m.TID == 0 {
		m.TID = 4711
	}
	if m.Agent == "" {
		m.Agent = "RNG1"
	}
	l.deliver(from, &m)
	l.run(0)
	return slices.Clone(l.sent[before:])
}

// replyTo hands in a request and returns the one reply or error to it.
func (l *lab) replyTo(from netip.AddrPort, m wire.Message) wire.Message {
	l.t.Helper()
	var replies []wire.Message
	for _, s := range l.packet(from, m) {
		if s.to == from && !s.m.Kind.IsRequest() && s.m.Kind != wire.ValueData {
			replies = append(replies, s.m)
		}
	}
	if len(replies) != 1 {
		l.t.Fatalf("%v was answered %d times", m.Kind, len(replies))
	}
	return replies[0]
}

// requests returns what the engine asked of a node, by kind, since the lab began.
func (l *lab) requests(to netip.AddrPort, k wire.Kind) []sent {
	var found []sent
	for _, s := range l.sent {
		if s.to == to && s.m.Kind == k {
			found = append(found, s)
		}
	}
	return found
}

// pieces returns the value data sent to a peer.
func (l *lab) pieces(n byte) []sent { return l.requests(addr(n), wire.ValueData) }

func addr(n byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, n}), 4222)
}

// id returns the node id whose first byte is n.
func id(n byte) wire.Hash { return wire.Hash{n, 1} }
