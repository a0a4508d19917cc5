// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	pion "github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
)

// Agent is one end of a path being made over UDP. It knows its own addresses from the beginning; see
// [Gather].
type Agent struct {
	agent   *pion.Agent
	role    Role
	local   Description
	checked chan struct{} // has an element when a pair may have become usable
	around  Surroundings
	remotes atomic.Int32 // addresses of the far end

	mu      sync.Mutex
	path    *Path
	targets *Targets
}

// Pacing of connectivity checks. Every pair is checked at once when it becomes known and whenever
// the far end's check comes in; the interval matters for lost packets, and for opening NATs
// towards a far end that does not know us yet. The far end's own checks bring a pair back that ran
// out of requests, so the requested end may give up after a second.
const (
	checkInterval    = 50 * time.Millisecond
	controllingTries = 400 // 20 s: longer than a path may take
	controlledTries  = 20
)

// Role is one of the roles of RFC 8445, section 6.1.1.
type Role bool

// The controlling end decides which of the working pairs is used.
const (
	Controlled  Role = false
	Controlling Role = true
)

// Gather opens sockets and learns their addresses. Without servers it takes about a millisecond;
// with servers it waits for them as long as the configuration says. The credentials must be of the
// form [Description.Check] asks for.
func Gather(ctx context.Context, cfg Config, role Role, ufrag, pwd string) (*Agent, error) {
	network, err := cfg.Network()
	if err != nil {
		return nil, err
	}
	around, err := LookAround(network, cfg.Interface)
	if err != nil {
		return nil, fmt.Errorf("list the addresses of this machine: %w", err)
	}
	options, err := cfg.options(role)
	if err != nil {
		return nil, err
	}
	a := &Agent{
		role:    role,
		local:   Description{Ufrag: ufrag, Pwd: pwd},
		checked: make(chan struct{}, 1),
		around:  around,
		targets: around.Targets(false),
	}
	options = append(options,
		pion.WithNet(network),
		pion.WithLocalCredentials(ufrag, pwd),
		pion.WithIPFilter(func(ip net.IP) bool {
			addr, _ := netip.AddrFromSlice(ip)
			return slices.Contains(around.Hosts, addr.Unmap())
		}),
		pion.WithRemoteIPFilter(a.accepts),
		pion.WithBindingRequestHandler(a.noteCheck),
	)
	if around.Loopback {
		options = append(options, pion.WithIncludeLoopback())
	}
	if a.agent, err = pion.NewAgentWithOptions(options...); err != nil {
		return nil, fmt.Errorf("make an ICE agent: %w", err)
	}
	if err := a.gather(ctx, cfg); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// options are those that do not depend on the attempt's addresses and credentials. Pion's timeouts are
// not used: what runs over the path tells whether the far end lives.
func (c Config) options(role Role) ([]pion.AgentOption, error) {
	uris, err := c.uris()
	if err != nil {
		return nil, err
	}
	types := []pion.CandidateType{pion.CandidateTypeHost}
	if len(uris) > 0 {
		types = append(types, pion.CandidateTypeServerReflexive, pion.CandidateTypeRelay)
	}
	tries := controlledTries
	if role == Controlling {
		tries = controllingTries
	}
	options := []pion.AgentOption{
		pion.WithNetworkTypes([]pion.NetworkType{pion.NetworkTypeUDP4, pion.NetworkTypeUDP6}),
		pion.WithCandidateTypes(types),
		pion.WithUrls(uris),
		pion.WithMulticastDNSMode(pion.MulticastDNSModeDisabled),
		pion.WithCheckInterval(checkInterval),
		pion.WithMaxBindingRequests(uint16(tries)),
		pion.WithHostAcceptanceMinWait(0),
		pion.WithSrflxAcceptanceMinWait(100 * time.Millisecond),
		pion.WithPrflxAcceptanceMinWait(200 * time.Millisecond),
		pion.WithRelayAcceptanceMinWait(time.Second),
		pion.WithSTUNGatherTimeout(c.ServerWait()),
		pion.WithKeepaliveInterval(c.keepalive()),
		pion.WithDisconnectedTimeout(0),
		pion.WithFailedTimeout(0),
		pion.WithLoggerFactory(logs{c.Logger()}),
	}
	if c.Interface != nil {
		options = append(options, pion.WithInterfaceFilter(c.Interface))
	}
	return options, nil
}

// gather waits until all candidates are known, or those of servers have taken too long.
func (a *Agent) gather(ctx context.Context, cfg Config) error {
	complete := make(chan struct{})
	var once sync.Once
	err := a.agent.OnCandidate(func(c pion.Candidate) {
		if c == nil {
			once.Do(func() { close(complete) })
		}
	})
	if err != nil {
		return fmt.Errorf("gather candidates: %w", err)
	}
	if err := a.agent.GatherCandidates(); err != nil {
		return fmt.Errorf("gather candidates: %w", err)
	}
	timer := time.NewTimer(cfg.ServerWait())
	defer timer.Stop()
	select {
	case <-complete:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return a.describe()
}

func (a *Agent) describe() error {
	candidates, err := a.agent.GetLocalCandidates()
	if err != nil {
		return fmt.Errorf("gather candidates: %w", err)
	}
	for _, c := range candidates {
		if own, ok := fromPion(c); ok && len(a.local.Candidates) < MaxCandidates {
			a.local.Candidates = append(a.local.Candidates, own)
		}
	}
	return nil
}

// Description is what the far end needs to know.
func (a *Agent) Description() Description { return a.local }

// Start begins to look for a path to the end with these credentials. The far end's candidates may be
// added before and after; a far end that reaches us first needs none.
func (a *Agent) Start(ufrag, pwd string) (*Path, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.agent.OnSelectedCandidatePairChange(func(pion.Candidate, pion.Candidate) { a.note() })
	if err != nil {
		return nil, fmt.Errorf("start connectivity checks: %w", err)
	}
	start := a.agent.StartAccept
	if a.role == Controlling {
		start = a.agent.StartDial
	}
	conn, err := start(ufrag, pwd)
	if err != nil {
		return nil, fmt.Errorf("start connectivity checks: %w", err)
	}
	a.path = newPath(a, conn)
	return a.path, nil
}

// AddRemote makes addresses of the far end known. Those that cannot be meant for us are left out, and
// so are those that are too many.
func (a *Agent) AddRemote(candidates []Candidate) {
	a.mu.Lock()
	chosen := a.targets.Choose(candidates)
	a.mu.Unlock()
	for _, c := range chosen {
		if remote, err := toPion(c); err == nil {
			_ = a.agent.AddRemoteCandidate(remote) // fails only once the agent is closed
		}
	}
}

// accepts decides in pion's loop about an address of the far end that is new, whether offered or learnt
// from a check.
func (a *Agent) accepts(ip net.IP) bool {
	addr, _ := netip.AddrFromSlice(ip)
	return a.around.isHost(addr.Unmap()) && a.remotes.Add(1) <= maxRemotes
}

// noteCheck runs in pion's loop for every check of the far end. The far end answers our first check
// with one of its own, right behind its response, so this is when a pair may have become usable.
func (a *Agent) noteCheck(*stun.Message, pion.Candidate, pion.Candidate, *pion.CandidatePair) (selectNow bool) {
	a.note()
	return false
}

func (a *Agent) note() {
	select {
	case a.checked <- struct{}{}:
	default:
	}
}

// Close gives up the agent and its path and waits for everything they ran.
func (a *Agent) Close() {
	_ = a.agent.GracefulClose()
	a.mu.Lock()
	path := a.path
	a.mu.Unlock()
	if path != nil {
		path.end()
	}
}
