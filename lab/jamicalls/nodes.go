// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"testing"

	"bellwire/lab/dhtnode"
	"bellwire/lab/wait"
)

// AddNodes lets further nodes of the DHT run on the router, each of which joins before the next: with few
// nodes everybody stores everything.
func (p *Place) AddNodes(t testing.TB, count int) {
	t.Helper()
	for range count {
		node := dhtnode.Start(t, dhtnode.Config{In: p.star.Hub, Bootstrap: p.bootstrap})
		wait.For(t, startLimit, "a node to join the DHT", func() bool {
			good, err := node.GoodNodes()
			return err == nil && good > 0
		})
	}
}
