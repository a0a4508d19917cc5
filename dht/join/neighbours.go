// SPDX-License-Identifier: GPL-3.0-or-later

package join

import (
	"context"

	"bellwire/dht/discovery"
)

// discover looks for neighbours on the local network. A machine on which multicast is not possible
// does without.
func (n *Network) discover(ctx context.Context) {
	if !n.cfg.Discovery {
		return
	}
	d, err := discovery.Start(discovery.Config{
		ID:      n.ID(),
		Port:    n.port(),
		Network: n.cfg.Network,
		Net:     n.cfg.Net,
		Log:     n.log,
	})
	if err != nil {
		n.log.Info("the local network cannot be searched for nodes", "error", err)
		return
	}
	n.sources = append(n.sources, d)
	n.running.Go(func() {
		for {
			select {
			case found := <-d.Nodes():
				n.Insert(found)
			case <-ctx.Done():
				return
			}
		}
	})
}

// port is the UDP port of the node, by which others reach it.
func (n *Network) port() uint16 {
	for _, addr := range n.Addrs() {
		return addr.Port()
	}
	return 0
}
