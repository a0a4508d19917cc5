// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"net/netip"
	"sync"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Bounds of the signatures of others that wait for verification, 0.4 ms each.
const (
	maxForeign        = 256
	maxForeignPerSite = maxForeign / 4
)

// verdict is the outcome of a job.
type verdict struct {
	job *engine.Job
	err error
}

// verifier checks signatures on a few goroutines, which live only while there is work. Jobs of our
// own operations come first, and others are given up when too many wait.
type verifier struct {
	node *Node
	most int

	mu      sync.Mutex
	own     []*engine.Job
	foreign []*engine.Job
	waiting map[netip.Addr]int // foreign jobs by site
	running int
	workers sync.WaitGroup
}

func newVerifier(workers int, n *Node) *verifier {
	return &verifier{node: n, most: workers, waiting: map[netip.Addr]int{}}
}

// add takes a job unless too many of its kind wait.
func (v *verifier) add(j *engine.Job) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if j.Own {
		v.own = append(v.own, j)
	} else {
		site := wire.Site(j.From)
		if len(v.foreign) >= maxForeign || v.waiting[site] >= maxForeignPerSite {
			return false
		}
		v.waiting[site]++
		v.foreign = append(v.foreign, j)
	}
	if v.running < v.most {
		v.running++
		v.workers.Go(v.work)
	}
	return true
}

// next takes the job to be done now; a worker that gets none must end.
func (v *verifier) next() *engine.Job {
	v.mu.Lock()
	defer v.mu.Unlock()
	var j *engine.Job
	switch {
	case len(v.own) > 0:
		j, v.own = v.own[0], v.own[1:]
	case len(v.foreign) > 0:
		j, v.foreign = v.foreign[0], v.foreign[1:]
		site := wire.Site(j.From)
		if v.waiting[site]--; v.waiting[site] == 0 {
			delete(v.waiting, site)
		}
	default:
		v.own, v.foreign = nil, nil
		v.running--
	}
	return j
}

func (v *verifier) work() {
	for j := v.next(); j != nil; j = v.next() {
		if v.node.isClosed() {
			continue
		}
		select {
		case v.node.verified <- verdict{j, value.Verify(j.Value)}:
		case <-v.node.closed:
		}
	}
}

// wait returns when no worker runs.
func (v *verifier) wait() { v.workers.Wait() }

// Verify is called by the engine, in the loop.
func (h *surroundings) Verify(j *engine.Job) {
	if !h.verifier.add(j) {
		h.log.Debug("too many signatures to verify, dropped a value", "from", j.From)
	}
}
