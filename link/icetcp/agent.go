// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/pion/stun/v4"

	"bellwire/internal/netx"
	"bellwire/link/ice"
	"bellwire/link/icetcp/relay"
)

// Agent is one end of a connection being made. It answers the far end's checks from the beginning; see
// [Gather].
type Agent struct {
	net     netx.Net
	log     *slog.Logger
	own     secret
	local   []ice.Candidate
	around  ice.Surroundings
	filter  bool // only the addresses around may be used
	tie     uint64
	life    context.Context // ends with the agent, or with the stream it led to
	stop    context.CancelFunc
	noted   chan struct{} // has an element when a pair became valid, or failed
	chosen  chan struct{} // closed when there is a winner
	running sync.WaitGroup

	mu        sync.Mutex
	role      ice.Role
	remote    secret // zero until the far end's half is known
	pairs     []*pair
	nominee   *pair // that we nominate as controlling end
	winner    *pair
	losers    []*pair // whose connections nobody needs, kept until the winner ends; see keepLocked
	started   bool    // Connect was called
	handed    bool    // the winner was returned, and its Close ends what the agent still runs
	closed    bool
	listeners []net.Listener
	relays    []*relay.Allocation
}

// Bounds of the connections that were accepted, and of those that are kept.
const (
	maxAccepted = 64
	maxLosers   = 16
)

// lateness is how long connections of the far end may still come when there is a winner.
const lateness = 10 * time.Second

// over reports whether no further pair is wanted. a.mu is held.
func (a *Agent) over() bool { return a.closed || a.winner != nil }

// Description is what the far end needs to know.
func (a *Agent) Description() ice.Description {
	return ice.Description{Ufrag: a.own.ufrag, Pwd: a.own.pwd, Candidates: a.local}
}

// admit makes a connection one of the pairs, or closes it. a.mu is held.
func (a *Agent) admit(p *pair) bool {
	if a.over() || p.accepted && !a.makeRoom() {
		if !a.keepLocked(p) {
			_ = p.conn.Close()
		}
		return false
	}
	p.agent = a
	p.done = make(chan struct{})
	p.since = time.Now()
	a.pairs = append(a.pairs, p)
	return true
}

// makeRoom lets the accepted connection give way that has failed to prove itself for the longest
// time, when there are too many. a.mu is held.
func (a *Agent) makeRoom() bool {
	var oldest *pair
	accepted := 0
	for _, p := range a.pairs {
		if p.accepted && !p.unwanted {
			accepted++
			if oldest == nil && !p.proven {
				oldest = p
			}
		}
	}
	if accepted < maxAccepted {
		return true
	}
	if oldest == nil {
		return false
	}
	oldest.unwanted = true
	oldest.wake()
	return true
}

// wake makes the pair look at the state of the agent. a.mu is held.
func (p *pair) wake() { _ = p.conn.SetReadDeadline(longAgo) }

func (a *Agent) wakeAll() {
	for _, p := range a.pairs {
		p.wake()
	}
}

// drop forgets a pair that has failed.
func (a *Agent) drop(p *pair) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remove(p)
	if a.nominee == p {
		a.nominee = nil
	}
	a.note()
}

func (a *Agent) remove(p *pair) {
	a.pairs = slices.DeleteFunc(a.pairs, func(other *pair) bool { return other == p })
}

// take makes a nominated pair the winner, unless there is one. Its deadlines belong to the stream from
// then on, so that it is not woken any more.
func (a *Agent) take(p *pair) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over() {
		return false
	}
	a.winner = p
	a.remove(p)
	a.wakeAll()
	close(a.chosen)
	return true
}

// keep decides whether a pair that has come to its end leaves its connection open.
func (a *Agent) keep(p *pair) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.keepLocked(p)
}

// keepLocked leaves a connection that lost open for as long as the winner lasts. Jami does not read the
// losers any more, but polls them still: were one at its end, every poll would find it, and pjlib, which
// Jami is built on, sleeps 500 ms when a poll finds nothing to do. All that we say on the winner would be
// heard that much later.
func (a *Agent) keepLocked(p *pair) bool {
	if a.winner == nil || a.closed || p.unwanted || len(a.losers) == maxLosers {
		return false
	}
	_ = p.conn.SetDeadline(time.Time{})
	a.losers = append(a.losers, p)
	return true
}

// note tells Connect to look at the pairs.
func (a *Agent) note() {
	select {
	case a.noted <- struct{}{}:
	default:
	}
}

// settle resolves a conflict of roles as RFC 8445, section 7.3.1.1 has it. It reports whether the
// request fits our role, as it may be afterwards. a.mu is held.
func (a *Agent) settle(m *stun.Message) bool {
	role, tie, ok := claim(m)
	if !ok || role != a.role {
		return true
	}
	if (a.role == ice.Controlling) == (a.tie >= tie) {
		return false
	}
	a.switchRole()
	return true
}

// switchRole takes the other role. a.mu is held.
func (a *Agent) switchRole() {
	a.role = !a.role
	a.nominee = nil
	for _, p := range a.pairs {
		p.check = nil
	}
	a.wakeAll()
	a.note()
}

// Close gives the agent up and waits for everything it ran. What Connect returned stays, and ends the
// rest itself.
func (a *Agent) Close() error {
	a.mu.Lock()
	handed := a.handed
	a.closed = a.closed || !handed
	a.mu.Unlock()
	if !handed {
		a.release()
	}
	return nil
}

// release closes everything there is and waits for it.
func (a *Agent) release() {
	a.stop()
	a.mu.Lock()
	a.closed = true
	a.wakeAll()
	listeners, relays, losers := a.listeners, a.relays, a.losers
	if a.winner != nil {
		losers = append(losers, a.winner)
	}
	a.listeners, a.relays, a.losers = nil, nil, nil
	a.mu.Unlock()
	closeAll(listeners)
	for _, p := range losers {
		_ = p.conn.Close()
	}
	closeAll(relays)
	a.running.Wait()
}

func closeAll[T io.Closer](all []T) {
	for _, c := range all {
		_ = c.Close()
	}
}

// end is called when there is a winner. The far end may be about to connect, and to Jami a connection
// that is refused is as bad as one that ends; so the listeners go on for a while, and relays for as long as
// they carry something.
func (a *Agent) end(keep *relay.Allocation) {
	a.running.Go(func() {
		timer := time.NewTimer(lateness)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-a.life.Done():
		}
		a.mu.Lock()
		listeners, idle := a.listeners, []*relay.Allocation{}
		a.listeners = nil
		a.relays = slices.DeleteFunc(a.relays, func(r *relay.Allocation) bool {
			if r == keep || slices.ContainsFunc(a.losers, func(p *pair) bool { return p.relay == r }) {
				return false
			}
			idle = append(idle, r)
			return true
		})
		a.mu.Unlock()
		closeAll(listeners)
		closeAll(idle)
	})
}

func newTie() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint64(b[:])
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)
