// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"context"
	crand "crypto/rand"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/wire"
)

// Errors callers branch on.
var (
	// ErrClosed means that the node was closed before or during the operation.
	ErrClosed = errors.New("dht: the node is closed")
	// ErrNoNodes means that no other node is known that answers; a value put meanwhile is kept in
	// the node's own store only.
	ErrNoNodes = engine.ErrNoNodes
	// ErrNotStored means that none of the nodes closest to the key confirmed the value.
	ErrNotStored = engine.ErrNotStored
	// ErrIDTaken means that a value which this one must not replace has the value id under the key;
	// choose another id.
	ErrIDTaken = engine.ErrIDTaken
)

// Node is a running member of the network. Its methods may be called from any goroutine.
type Node struct {
	id    wire.Hash
	log   *slog.Logger
	socks []*socket
	hosts []host // to bootstrap from

	packets  chan packet
	calls    chan func(now time.Time)
	verified chan verdict
	closed   chan struct{} // closing began
	stopping sync.Once
	parts    sync.WaitGroup // every goroutine
	link     reachability
	verifier *verifier
	resolver resolver

	engine *engine.Engine // of the loop alone
}

// Start makes a node from its sockets and begins to join the network. It returns at once; see
// WaitConnected. After an error the sockets are still the caller's.
func Start(cfg Config) (*Node, error) {
	n := &Node{
		log:      cfg.Log,
		packets:  make(chan packet, 32),
		calls:    make(chan func(time.Time)),
		verified: make(chan verdict),
		closed:   make(chan struct{}),
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	if err := n.takeSockets(cfg.Conns); err != nil {
		return nil, err
	}
	var err error
	if n.hosts, err = parseHosts(cfg.Bootstrap); err != nil {
		return nil, err
	}
	workers := cfg.Workers
	if workers <= 0 {
		workers = max(1, runtime.NumCPU()/2)
	}
	n.verifier = newVerifier(workers, n)
	n.resolver.ctx, n.resolver.cancel = context.WithCancel(context.Background())
	n.link.up = make(chan struct{})
	n.engine = engine.New(engine.Config{
		Host: (*surroundings)(n), Rand: unpredictable(),
		ID: cfg.ID, Network: cfg.Network, Client: cfg.Client, Saved: cfg.Saved, Own: cfg.Own, Storage: cfg.Storage, Log: n.log,
		IPv4: n.socket(true) != nil, IPv6: n.socket(false) != nil,
	})
	n.id = n.engine.ID()
	for _, s := range n.socks {
		n.parts.Go(func() { n.read(s) })
	}
	n.parts.Go(n.loop)
	return n, nil
}

// unpredictable returns a source of random numbers nobody can foresee.
func unpredictable() *rand.Rand {
	var seed [32]byte
	crand.Read(seed[:])
	return rand.New(rand.NewChaCha8(seed))
}

// Close ends every operation with ErrClosed, closes the sockets and returns when all goroutines of
// the node have ended.
func (n *Node) Close() error {
	var err error
	n.stopping.Do(func() {
		close(n.closed)
		n.resolver.cancel()
		for _, s := range n.socks {
			err = errors.Join(err, s.conn.Close())
		}
	})
	n.parts.Wait()
	n.verifier.wait()
	return err
}

// loop owns the engine: packets, calls, verdicts and the time reach it one after another.
func (n *Node) loop() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	n.engine.Start(time.Now())
	for {
		select {
		case p := <-n.packets:
			n.receive(p)
		case call := <-n.calls:
			call(time.Now())
		case v := <-n.verified:
			n.engine.Verified(time.Now(), v.job, v.err)
		case <-timer.C:
		case <-n.closed:
			return
		}
		now := time.Now()
		next := n.engine.Tick(now)
		n.link.update(n.engine, now)
		if next.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(next.Sub(now))
		}
	}
}

// call runs f in the loop and waits for its end. It reports false when the node is closed.
func (n *Node) call(f func(now time.Time)) bool {
	done := make(chan struct{})
	select {
	case n.calls <- func(now time.Time) {
		f(now)
		close(done)
	}:
		<-done
		return true
	case <-n.closed:
		return false
	}
}

// ID returns the node's own id.
func (n *Node) ID() wire.Hash { return n.id }

// PublicAddrs returns, for each family, the IP address most other nodes see, if any told us.
func (n *Node) PublicAddrs() (addrs []netip.Addr) {
	n.call(func(now time.Time) { addrs = n.engine.PublicAddrs(now) })
	return addrs
}

// Insert makes nodes known whose ids are known too, for example from local discovery.
func (n *Node) Insert(nodes ...wire.NodeInfo) {
	n.call(func(now time.Time) {
		for _, info := range nodes {
			n.engine.Insert(now, info)
		}
	})
}

// ConnectivityChanged tells that the addresses of this machine changed: what is known of other nodes
// becomes doubtful and is tested again.
func (n *Node) ConnectivityChanged() {
	n.call(func(now time.Time) { n.engine.ConnectivityChanged(now) })
}

// Export returns the good nodes of the routing tables, for Config.Saved of the next run.
func (n *Node) Export() (nodes []wire.NodeInfo) {
	n.call(func(now time.Time) { nodes = n.engine.Export(now) })
	return nodes
}
