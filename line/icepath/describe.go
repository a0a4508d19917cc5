// SPDX-License-Identifier: GPL-3.0-or-later

package icepath

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"bellwire/link/ice"
	"bellwire/media/path"
	"bellwire/media/sdp"
)

var errNoICE = errors.New("the far end describes no ICE, without which this kind of call has no way for its sound")

// Describe adds our credentials and candidates where ICE is to begin or to begin anew. The first
// description begins it, and so does an answer of ours to an offer with new credentials; other
// descriptions keep the transport and say nothing of ICE, as Jami does.
func (p *Path) Describe(ctx context.Context, l *sdp.Local, offer *sdp.Agreement) error {
	t, anew, err := p.toDescribe(ctx, offer)
	if err != nil {
		return err
	}
	media := &l.Media[0]
	rtp, rtcp := defaultAddresses(t)
	if rtp.IsValid() {
		l.Host, media.Port, media.RTCPPort = rtp.Addr(), int(rtp.Port()), int(rtcp.Port())
	}
	if !anew {
		return nil
	}
	l.ICE = t.credentials
	for i, agent := range t.agents {
		for _, c := range agent.Description().Candidates {
			media.Candidates = append(media.Candidates, c.SDP(i+1))
		}
	}
	return nil
}

// toDescribe returns the transport our description is about, and whether it says so.
func (p *Path) toDescribe(ctx context.Context, offer *sdp.Agreement) (t *transport, anew bool, err error) {
	p.mu.Lock()
	last, described := p.last(), p.described
	p.mu.Unlock()
	role, count := ice.Controlling, components
	switch plan := audioOf(offer); {
	case offer == nil && last != nil:
		return last, false, nil
	case offer == nil && described != nil:
		return described, true, nil
	case offer == nil:
	case plan.ICE == sdp.ICE{} && last != nil:
		return last, false, nil
	case plan.ICE == sdp.ICE{}:
		return nil, false, errNoICE
	case last != nil && last.remote == plan.ICE: // repeated, not restarted
		return last, true, nil
	default:
		role = ice.Controlled
		if plan.Mux {
			count = 1
		}
	}
	if t, err = gather(ctx, p.cfg, role, count); err != nil {
		return nil, false, fmt.Errorf("open sockets for the sound: %w", err)
	}
	return t, true, p.keep(t)
}

// last returns the newest transport that was started.
func (p *Path) last() *transport {
	if p.coming != nil {
		return p.coming
	}
	return p.current.Load()
}

// keep makes a new transport wait for what the far end says.
func (p *Path) keep(t *transport) error {
	p.mu.Lock()
	former := p.described
	closed := p.closed.Load()
	if closed {
		former = t
	} else {
		p.described = t
	}
	p.mu.Unlock()
	former.close()
	if closed {
		return path.ErrClosed
	}
	return nil
}

// audioOf returns what is said of the one media of the path.
func audioOf(a *sdp.Agreement) sdp.MediaPlan {
	if a != nil {
		if plan := a.Accepted("audio"); plan != nil {
			return *plan
		}
	}
	return sdp.MediaPlan{}
}

// defaultAddresses chooses what stands in c=, m= and a=rtcp: the addresses likeliest to be reached
// (RFC 8839, section 4.2.1.2). They are invalid when there is no candidate.
func defaultAddresses(t *transport) (rtp, rtcp netip.AddrPort) {
	first := defaultOf(t.agents[0].Description().Candidates, netip.Addr{})
	second := defaultOf(t.agents[len(t.agents)-1].Description().Candidates, first.Addr.Addr())
	return first.Addr, second.Addr
}

// defaultOf returns the candidate of the type that reaches furthest, if possible at the given address.
func defaultOf(candidates []ice.Candidate, at netip.Addr) (best ice.Candidate) {
	rank := func(c ice.Candidate) int {
		r := int(c.Type) * 2 // host, reflexive, relayed
		if c.Addr.Addr() == at {
			r += 100
		}
		if c.Addr.Addr().Is4() {
			r++
		}
		return r
	}
	for _, c := range candidates {
		if !best.Addr.IsValid() || rank(c) > rank(best) {
			best = c
		}
	}
	return best
}
