// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"bellwire/link/ice"
)

// components of one media: RTP and RTCP apart.
const components = 2

// ports is the ICE of a call before it runs: two components for each media, with one pair of
// credentials. A call of several devices has one for all of them.
type ports struct {
	ufrag, pwd string
	agents     []*ice.Agent
}

// newPorts opens the ports for so many media.
func (p *Peer) newPorts(ctx context.Context, role ice.Role, media int) (*ports, error) {
	o := &ports{}
	o.ufrag, o.pwd = credentials()
	for range media * components {
		agent, err := ice.Gather(ctx, p.cfg.ICE, role, o.ufrag, o.pwd)
		if err != nil {
			o.close()
			return nil, err
		}
		o.agents = append(o.agents, agent)
	}
	return o, nil
}

func (o *ports) close() {
	for _, a := range o.agents {
		a.Close()
	}
}

// candidates writes the candidates of a media, components counted on over the description.
func (o *ports) candidates(media int) (lines []string) {
	for n := media * components; n < (media+1)*components; n++ {
		for _, c := range o.agents[n].Description().Candidates {
			if c.Type != ice.Host {
				continue
			}
			lines = append(lines, fmt.Sprintf("H%s %d UDP %d %s %d typ host",
				foundation(c.Addr.Addr()), n+1, 2130706431-n, c.Addr.Addr(), c.Addr.Port()))
		}
	}
	return lines
}

// foundation is the address in hexadecimal, shortened for IPv6.
func foundation(a netip.Addr) string { return fmt.Sprintf("%x", a.AsSlice()[max(0, a.BitLen()/8-4):]) }

// connect runs the ICE of the first media towards a far end and closes the ports of the others.
func (o *ports) connect(ctx context.Context, d *description, complain func(string, ...any)) (*duct, error) {
	for _, surplus := range o.agents[components:] {
		surplus.Close()
	}
	o.agents = o.agents[:components]
	var paths [components]*ice.Path
	for n, agent := range o.agents {
		var remote []ice.Candidate
		for _, line := range d.media[0].component(n + 1) {
			if c, err := parseMediaCandidate(line); err == nil {
				remote = append(remote, c)
			} else {
				complain("a=candidate:%s: %v", line, err)
			}
		}
		path, err := agent.Start(d.ufrag, d.pwd)
		if err != nil {
			return nil, err
		}
		agent.AddRemote(remote)
		paths[n] = path
	}
	for _, path := range paths {
		select {
		case <-path.Ready():
		case <-ctx.Done():
			return nil, fmt.Errorf("the media ICE did not succeed: %w", ctx.Err())
		}
	}
	return newDuct(o, paths, complain), nil
}

// parseMediaCandidate reads "foundation comp UDP prio addr port typ TYPE …".
func parseMediaCandidate(line string) (c ice.Candidate, err error) {
	w := strings.Fields(line)
	kind, known := candidateTypes[w[7]]
	priority, err1 := strconv.ParseUint(w[3], 10, 32)
	addr, err2 := netip.ParseAddr(w[4])
	port, err3 := strconv.ParseUint(w[5], 10, 16)
	if err := errors.Join(err1, err2, err3); err != nil {
		return c, err
	}
	if len(w[0]) > 31 || w[2] != "UDP" || w[6] != "typ" || !known {
		return c, errors.New("not a UDP candidate")
	}
	return ice.Candidate{
		Foundation: w[0], Priority: uint32(priority), Type: kind, Addr: netip.AddrPortFrom(addr, uint16(port)),
	}, nil
}
