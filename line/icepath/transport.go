// SPDX-License-Identifier: GPL-3.0-or-later

package icepath

import (
	"context"
	"errors"
	"sync"

	"bellwire/link/ice"
	"bellwire/media/rtp"
	"bellwire/media/sdp"
)

// The components of a media (RFC 8445, section 2.1), counted from 0 here and from 1 on the wire.
const (
	rtpComponent = iota
	rtcpComponent
	components
)

// maxDatagram is the longest datagram an ICE agent hands over.
const maxDatagram = 8 << 10

// transport is the agents of one description of ours, one for each component.
type transport struct {
	credentials sdp.ICE
	agents      []*ice.Agent

	// Set by start.
	remote  sdp.ICE
	paths   []*ice.Path
	readers sync.WaitGroup
	gone    chan struct{} // closed by close
	once    sync.Once
}

// gather opens the sockets of a transport.
func gather(ctx context.Context, cfg ice.Config, role ice.Role, count int) (*transport, error) {
	t := &transport{agents: make([]*ice.Agent, count), gone: make(chan struct{})}
	t.credentials.Ufrag, t.credentials.Pwd = ice.Credentials()
	failures := make([]error, count)
	var all sync.WaitGroup
	for i := range t.agents {
		all.Go(func() {
			t.agents[i], failures[i] = ice.Gather(ctx, cfg, role, t.credentials.Ufrag, t.credentials.Pwd)
		})
	}
	all.Wait()
	if err := errors.Join(failures...); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// start begins to look for the far end; deliver is given what arrives. Where both protocols share the
// first component the second is given up (RFC 8839, section 4.2.1.3).
func (t *transport) start(plan *sdp.MediaPlan, deliver func(t *transport, component int, packet []byte)) error {
	t.remote = plan.ICE
	if plan.Mux {
		for _, surplus := range t.agents[1:] {
			surplus.Close()
		}
		t.agents = t.agents[:1]
	}
	remote := remoteCandidates(plan.Candidates, len(t.agents))
	for i, agent := range t.agents {
		p, err := agent.Start(t.remote.Ufrag, t.remote.Pwd)
		if err != nil {
			return err
		}
		agent.AddRemote(remote[i])
		t.paths = append(t.paths, p)
		t.readers.Go(func() { t.read(i, p, deliver) })
	}
	return nil
}

// remoteCandidates sorts the far end's candidates by component; those of no use are left out.
func remoteCandidates(values []string, count int) [][]ice.Candidate {
	sorted := make([][]ice.Candidate, count)
	for _, value := range values {
		c, component, ok := ice.ParseSDP(value)
		if i := component - 1; ok && i >= 0 && i < count && len(sorted[i]) < ice.MaxCandidates {
			sorted[i] = append(sorted[i], c)
		}
	}
	return sorted
}

// read hands on what arrives at a component until it is closed.
func (t *transport) read(component int, p *ice.Path, deliver func(*transport, int, []byte)) {
	buf := make([]byte, maxDatagram)
	for {
		n, err := p.Read(buf)
		if err != nil {
			return
		}
		deliver(t, component, buf[:n])
	}
}

// isRTCP tells the protocols apart: by their component, or where they share one by their second byte
// (RFC 5761).
func (t *transport) isRTCP(component int, packet []byte) bool {
	return component == rtcpComponent || len(t.paths) == 1 && rtp.IsRTCP(packet)
}

// write sends a packet; it is lost when the transport does not work at the moment.
func (t *transport) write(component int, packet []byte) {
	_, _ = t.paths[min(component, len(t.paths)-1)].Write(packet)
}

// await returns when packets reach the far end on all components. It is false when the transport was
// closed first.
func (t *transport) await(ctx context.Context) (works bool, err error) {
	for _, p := range t.paths {
		select {
		case <-p.Ready():
		case <-t.gone:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	return true, nil
}

// close ends the agents and waits for everything they ran. A nil transport is closed.
func (t *transport) close() {
	if t == nil {
		return
	}
	t.once.Do(func() { close(t.gone) })
	for _, agent := range t.agents {
		if agent != nil {
			agent.Close()
		}
	}
	t.readers.Wait()
}
