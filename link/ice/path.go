// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import (
	"errors"
	"net"
	"sync"
	"time"

	pion "github.com/pion/ice/v4"
)

// Path carries datagrams to the far end of an ICE connection: over the best pair that works, and
// over the selected one as soon as there is one. Written packets are lost, as packets are, while no
// pair works.
type Path struct {
	agent *Agent
	conn  *pion.Conn
	ready chan struct{}

	// Addresses of the first pair that worked; set before ready is closed.
	firstLocal, firstRemote net.Addr

	stop    chan struct{}
	stopped sync.Once
	ended   chan struct{}
}

func newPath(a *Agent, conn *pion.Conn) *Path {
	p := &Path{
		agent: a,
		conn:  conn,
		ready: make(chan struct{}),
		stop:  make(chan struct{}),
		ended: make(chan struct{}),
	}
	go p.watch()
	return p
}

// watch closes ready when the first pair works.
func (p *Path) watch() {
	defer close(p.ended)
	for {
		select {
		case <-p.agent.checked:
			if p.works() {
				close(p.ready)
				return
			}
		case <-p.stop:
			return
		}
	}
}

// works reports whether a pair works and notes its addresses.
func (p *Path) works() bool {
	stats := p.agent.agent.GetCandidatePairsStats()
	for _, pair := range stats {
		if pair.State != pion.CandidatePairStateSucceeded {
			continue
		}
		local, errLocal := p.agent.agent.GetLocalCandidates()
		remote, errRemote := p.agent.agent.GetRemoteCandidates()
		if errLocal != nil || errRemote != nil {
			return false // closed meanwhile
		}
		p.firstLocal = addrByID(local, pair.LocalCandidateID)
		p.firstRemote = addrByID(remote, pair.RemoteCandidateID)
		return true
	}
	return false
}

func addrByID(candidates []pion.Candidate, id string) net.Addr {
	for _, c := range candidates {
		if c.ID() == id {
			return &net.UDPAddr{IP: net.ParseIP(c.Address()), Port: c.Port()}
		}
	}
	return &net.UDPAddr{}
}

func (p *Path) end() {
	p.stopped.Do(func() { close(p.stop) })
	<-p.ended
}

// Ready is closed when packets reach the far end and its packets reach us.
func (p *Path) Ready() <-chan struct{} { return p.ready }

// Read returns the next packet that is not part of ICE itself. It fails with [net.ErrClosed] when
// the agent is closed and with a timeout at the deadline.
func (p *Path) Read(b []byte) (int, error) {
	n, err := p.conn.Read(b)
	if err != nil && !isTimeout(err) {
		err = net.ErrClosed
	}
	return n, err
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// Write sends a packet. It fails with [net.ErrClosed] only.
func (p *Path) Write(b []byte) (int, error) {
	if _, err := p.conn.Write(b); errors.Is(err, pion.ErrClosed) {
		return 0, net.ErrClosed
	}
	return len(b), nil
}

// SetReadDeadline ends a Read that takes longer.
func (p *Path) SetReadDeadline(t time.Time) error { return p.conn.SetReadDeadline(t) }

// LocalAddr is our address of the selected pair, or of the first that worked. It may be asked for
// once the path is ready.
func (p *Path) LocalAddr() net.Addr {
	if addr := p.conn.LocalAddr(); addr != nil {
		return addr
	}
	return p.firstLocal
}

// RemoteAddr is the far end's address of the same pair.
func (p *Path) RemoteAddr() net.Addr {
	if addr := p.conn.RemoteAddr(); addr != nil {
		return addr
	}
	return p.firstRemote
}
