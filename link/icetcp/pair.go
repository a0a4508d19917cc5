// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"crypto/rand"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"bellwire/link/ice"
	"bellwire/link/icetcp/relay"
)

// What a connection may do before it is nominated.
const (
	// proofLimit is how long a far end may take to show that it knows our password.
	proofLimit = 10 * time.Second
	// writeLimit bounds sending a check to a far end that does not receive.
	writeLimit = 5 * time.Second
	// maxRefused bounds the requests of a far end that turn out wrong.
	maxRefused = 8
	// maxEarly bounds the data that comes before the nomination does, in bytes: one frame.
	maxEarly = 1 << 16
	// maxReceived bounds everything that does, in bytes; the rest is for some hundred checks.
	maxReceived = 2 * maxEarly
	// checkBuffer holds a few checks.
	checkBuffer = 2 * (frameHeader + maxCheck)
)

// Retransmission as RFC 8489, section 6.2.1 has it for UDP and Jami does over TCP too: a far end may
// drop what comes before it is ready. The eighth would be sent after a minute.
const (
	firstRetry = 500 * time.Millisecond
	maxSent    = 7
)

// pair is one TCP connection being checked. One goroutine, run, reads, answers and sends; others wake it
// through the read deadline.
type pair struct {
	agent    *Agent
	conn     net.Conn
	remote   netip.AddrPort
	relay    *relay.Allocation // that carries it, if one of ours does
	relayed  bool              // it leads through a relay, ours or the far end's
	accepted bool              // the far end connected to us
	priority uint32            // of our candidate
	done     chan struct{}

	// Of run alone, and after it of who took the pair over.
	in        demux
	early     []byte
	out       []byte
	refused   int
	nominated bool

	// Guarded by agent.mu.
	since      time.Time
	proven     bool      // the far end showed that it knows our password, or its own
	peer       uint32    // priority of its candidate
	valid      bool      // our check was answered
	validSince time.Time // when valid
	check      *check    // under way
	unwanted   bool      // others need its place
}

// check is a request under way.
type check struct {
	request
	frame []byte
	sent  int
	next  time.Time
}

// run serves the connection until it fails, is not wanted any more, or is nominated.
func (p *pair) run() {
	defer close(p.done)
	p.in.grow(checkBuffer)
	for p.step() && p.flush() {
		if p.nominated && p.agent.take(p) {
			return
		}
		if err := p.in.fill(p.conn); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if !p.consume() {
			break
		}
	}
	p.agent.drop(p)
	if !p.agent.keep(p) {
		_ = p.conn.Close()
	}
}

// step does what the state of the agent asks for and sets the time to look again. It reports whether
// the pair is still wanted.
func (p *pair) step() bool {
	a := p.agent
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if p.unwanted || a.over() {
		return false
	}
	var wake time.Time
	if !p.proven {
		if wake = p.since.Add(proofLimit); !now.Before(wake) {
			return false
		}
	}
	if a.remote != (secret{}) && !p.nominated {
		if !p.ask(now) {
			return false
		}
		if p.check != nil && (wake.IsZero() || p.check.next.Before(wake)) {
			wake = p.check.next
		}
	}
	return p.conn.SetReadDeadline(wake) == nil
}

// ask sends the check that is due. It fails when the last one had no answer.
func (p *pair) ask(now time.Time) bool {
	a := p.agent
	nominate := p.valid && a.role == ice.Controlling && a.nominee == p
	if p.check == nil && (!p.valid || nominate) {
		c := &check{request: request{priority: learntPriority(p.accepted), role: a.role, tie: a.tie, nominate: nominate}, next: now}
		_, _ = rand.Read(c.id[:]) // never fails (crypto/rand)
		m, err := c.message(a.own, a.remote)
		if err != nil {
			return false // credentials too long for a message
		}
		c.frame = framed(m)
		p.check = c
	}
	c := p.check
	if c == nil || now.Before(c.next) {
		return true
	}
	if c.sent == maxSent {
		return false
	}
	c.next = now.Add(firstRetry << c.sent)
	c.sent++
	p.out = append(p.out, c.frame...)
	return true
}

// flush sends what is to be sent.
func (p *pair) flush() bool {
	if len(p.out) == 0 {
		return true
	}
	_ = p.conn.SetWriteDeadline(time.Now().Add(writeLimit))
	_, err := p.conn.Write(p.out)
	p.out = p.out[:0]
	return err == nil
}

// wake makes the pair look at the state of the agent. a.mu is held.
func (p *pair) wake() { _ = p.conn.SetReadDeadline(longAgo) }

func (a *Agent) wakeAll() {
	for _, p := range a.pairs {
		p.wake()
	}
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)
