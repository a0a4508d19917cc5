// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"context"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

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

// over reports whether no further pair is wanted. a.mu is held.
func (a *Agent) over() bool { return a.closed || a.winner != nil }

// Description is what the far end needs to know.
func (a *Agent) Description() ice.Description {
	return ice.Description{Ufrag: a.own.ufrag, Pwd: a.own.pwd, Candidates: a.local}
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

// lateness is how long connections of the far end may still come when there is a winner.
const lateness = 10 * time.Second

// retire is called when there is a winner. The far end may be about to connect, and to Jami a connection
// that is refused is as bad as one that ends; so the listeners go on for a while, and relays for as long as
// they carry something. a.mu is held.
func (a *Agent) retire() {
	a.running.Go(func() {
		timer := time.NewTimer(lateness)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-a.life.Done():
		}
		listeners, idle := a.unused()
		closeAll(listeners)
		closeAll(idle)
	})
}

// unused takes from the agent what nothing depends on any more.
func (a *Agent) unused() (listeners []net.Listener, idle []*relay.Allocation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	listeners, a.listeners = a.listeners, nil
	a.relays = slices.DeleteFunc(a.relays, func(r *relay.Allocation) bool {
		carries := func(p *pair) bool { return p.relay == r }
		if carries(a.winner) || slices.ContainsFunc(a.losers, carries) {
			return false
		}
		idle = append(idle, r)
		return true
	})
	return listeners, idle
}
