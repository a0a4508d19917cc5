// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/stun/v4"

	"bellwire/link/ice"
	"bellwire/link/icetcp/relay"
)

// ErrNoAddress is the error of an end nobody could connect to.
var ErrNoAddress = errors.New("no address of this machine takes TCP connections")

// maxServers bounds the relays one end has.
const maxServers = 2

// Gather opens one listener for each address of this machine, and an allocation on each TURN server.
// Without servers it takes about a millisecond; with servers it waits for them as long as the
// configuration says. The credentials must be of the form [ice.Description.Check] asks for.
func Gather(ctx context.Context, cfg ice.Config, role ice.Role, ufrag, pwd string) (*Agent, error) {
	if err := (ice.Description{Ufrag: ufrag, Pwd: pwd}).Check(); err != nil {
		return nil, err
	}
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	network, err := cfg.Network()
	if err != nil {
		return nil, err
	}
	around, err := ice.LookAround(network, cfg.Interface)
	if err != nil {
		return nil, fmt.Errorf("list the addresses of this machine: %w", err)
	}
	a := newAgent(cfg, role, secret{ufrag, pwd})
	a.net, a.around = network, around
	a.listen()
	a.allocate(ctx, cfg)
	if err := ctx.Err(); err != nil {
		_ = a.Close()
		return nil, err
	}
	if len(reachable(a.local)) == 0 {
		_ = a.Close()
		return nil, ErrNoAddress
	}
	return a, nil
}

func newAgent(cfg ice.Config, role ice.Role, own secret) *Agent {
	a := &Agent{
		log:    cfg.Logger(),
		own:    own,
		filter: cfg.Interface != nil,
		role:   role,
		tie:    newTie(),
		noted:  make(chan struct{}, 1),
		chosen: make(chan struct{}),
	}
	a.life, a.stop = context.WithCancel(context.Background())
	return a
}

// listen opens a listener for each address. Jami, when it is the one that was asked, gives an attempt
// up without a word if there is nothing to connect to; so one has to be there.
func (a *Agent) listen() {
	for _, addr := range a.around.Hosts {
		network := "tcp4"
		if addr.Is6() {
			network = "tcp6"
		}
		l, err := a.net.ListenTCP(network, net.TCPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
		if err != nil {
			a.log.Debug("cannot listen on an address", "address", addr, "error", err)
			continue
		}
		own := candidate(ice.Host, ice.Passive, len(a.local), addrPort(l.Addr()))
		a.local = append(a.local, own)
		a.listeners = append(a.listeners, l)
		a.running.Go(func() { a.serve(l, own) })
	}
}

// acceptPause is how long a listener rests that could not accept, mostly for want of descriptors.
const acceptPause = 100 * time.Millisecond

// serve accepts connections.
func (a *Agent) serve(l net.Listener, own ice.Candidate) {
	for {
		conn, err := l.Accept()
		if err != nil {
			if !a.pause(acceptPause) {
				return
			}
			continue
		}
		tune(conn)
		a.accept(&pair{conn: conn, remote: addrPort(conn.RemoteAddr()), accepted: true, priority: own.Priority})
	}
}

// accept serves a connection in a goroutine of its own.
func (a *Agent) accept(p *pair) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.admit(p) {
		a.running.Go(p.run)
	}
}

// pause waits. It reports whether the agent still needs connections.
func (a *Agent) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-a.life.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.over()
}

// allocate makes an allocation on each TURN server, all at once. Those that take too long are left out.
func (a *Agent) allocate(ctx context.Context, cfg ice.Config) {
	ctx, cancel := context.WithTimeout(ctx, cfg.ServerWait())
	defer cancel()
	servers := turnServers(cfg)
	results := make(chan *relay.Allocation, len(servers))
	for _, s := range servers {
		go func() { results <- a.allocateAt(ctx, s) }()
	}
	var mapped []netip.Addr
	if cfg.Public != nil {
		mapped = cfg.Public()
	}
	for range servers {
		if r := <-results; r != nil {
			a.local = append(a.local, candidate(ice.Relay, ice.Passive, len(a.relays), r.Addr()))
			a.relays = append(a.relays, r)
			mapped = append(mapped, r.Mapped())
		}
	}
	a.local = append(a.local, reflexive(mapped, a.around.Hosts)...)
}

func (a *Agent) allocateAt(ctx context.Context, s relay.Server) *relay.Allocation {
	r, err := relay.Allocate(ctx, relay.Config{
		Server: s,
		Dial:   func(ctx context.Context, address string) (net.Conn, error) { return dial(ctx, a.net, address) },
		Accept: func(r *relay.Allocation, conn net.Conn, from netip.AddrPort) {
			tune(conn)
			a.accept(&pair{conn: conn, remote: from, accepted: true, relayed: true, relay: r, priority: priority(ice.Relay, ice.Passive, 0)})
		},
		Log: a.log,
	})
	if err != nil {
		a.log.Warn("no relayed address", "server", s.Address, "error", err)
		return nil
	}
	return r
}

// turnServers returns the servers one can have relayed addresses at. Which transport a URI names does
// not matter: Jami too asks every TURN server by TCP, for RFC 6062 knows no other way.
func turnServers(cfg ice.Config) (servers []relay.Server) {
	for _, s := range cfg.Servers {
		uri, err := stun.ParseURI(s.URI)
		if err != nil || uri.Scheme != stun.SchemeTypeTURN || len(servers) == maxServers {
			continue
		}
		servers = append(servers, relay.Server{
			Address: net.JoinHostPort(uri.Host, fmt.Sprint(uri.Port)), User: s.User, Password: s.Password,
		})
	}
	return servers
}
