// SPDX-License-Identifier: GPL-3.0-or-later

package join

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"bellwire/dht"
	"bellwire/internal/netx"
)

const (
	// saveInterval is how often the state is saved while the node runs, so that a killed process
	// loses little.
	saveInterval = 10 * time.Minute
	// firstSave is how soon after the start: a process that lives for one call shall know nodes too.
	firstSave = 30 * time.Second
)

// Config says where and how to join.
type Config struct {
	Net       netx.Net
	Listen    []netip.AddrPort // at most one for each family
	Bootstrap []string         // HOST:PORT
	Network   uint32

	// Discovery finds neighbours by multicast and is found by them.
	Discovery bool
	// Mainline meets others through the BitTorrent DHT; MainlineRouters are HOST:PORT of its nodes.
	Mainline        bool
	MainlineRouters []string

	// State is what an earlier run saved; zero at the first.
	State State
	// Save keeps the state; nil keeps nothing.
	Save func(State) error

	Log *slog.Logger // nil discards
}

// Network is a node in its network.
type Network struct {
	*dht.Node
	cfg  Config
	log  *slog.Logger
	stop context.CancelFunc

	running  sync.WaitGroup
	attended bool                         // the BitTorrent DHT was joined once; used by meet alone
	sources  []interface{ Close() error } // to be closed after running has ended
}

// Start opens the sockets and lets the node join; it returns at once.
func Start(cfg Config) (*Network, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	conns, err := listen(cfg.Net, cfg.Listen, cfg.Log)
	if err != nil {
		return nil, err
	}
	node, err := dht.Start(dht.Config{
		Conns:     conns,
		ID:        cfg.State.ID,
		Network:   cfg.Network,
		Bootstrap: cfg.Bootstrap,
		Saved:     cfg.State.Nodes,
		Own:       func(a netip.Addr) bool { return isOwn(cfg.Net, a) },
		Log:       cfg.Log,
	})
	if err != nil {
		for _, c := range conns {
			c.Close()
		}
		return nil, fmt.Errorf("start the DHT node: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := &Network{Node: node, cfg: cfg, log: cfg.Log, stop: cancel}
	n.running.Go(func() { n.keepState(ctx) })
	n.discover(ctx)
	n.meet(ctx)
	return n, nil
}

// Close saves the state, leaves the network and returns when everything has ended.
func (n *Network) Close() error {
	n.stop()
	n.running.Wait()
	var failures []error
	for _, s := range n.sources {
		failures = append(failures, s.Close())
	}
	return errors.Join(append(failures, n.Node.Close())...)
}

// keepState saves the state now and then, and at the end.
func (n *Network) keepState(ctx context.Context) {
	timer := time.NewTimer(firstSave)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			n.save()
			timer.Reset(saveInterval)
		case <-ctx.Done():
			n.save()
			return
		}
	}
}

// save keeps the nodes that answer. When none does, those of the last time are worth more.
func (n *Network) save() {
	if n.cfg.Save == nil {
		return
	}
	state := State{ID: n.ID(), Nodes: n.Export()}
	if len(state.Nodes) == 0 {
		state.Nodes = n.cfg.State.Nodes
	}
	if err := n.cfg.Save(state); err != nil {
		n.log.Warn("the state of the DHT node cannot be saved", "error", err)
	}
}
