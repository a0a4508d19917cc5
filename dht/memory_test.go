// SPDX-License-Identifier: GPL-3.0-or-later

package dht_test

import (
	"net"
	"runtime"
	"testing"

	"bellwire/dht"
	"bellwire/internal/leak"
)

// Many nodes fit into one process: 150 KiB each, sockets of both families and goroutines included.
func TestMemoryOfManyNodes(t *testing.T) {
	leak.Check(t)
	first := start(t, dht.Config{Conns: []net.PacketConn{listen(t, "udp4", "127.0.0.1"), listen(t, "udp6", "::1")}})
	before := memory()
	const count = 200
	nodes := make([]*dht.Node, count)
	for i := range nodes {
		nodes[i] = start(t, dht.Config{
			Conns:     []net.PacketConn{listen(t, "udp4", "127.0.0.1"), listen(t, "udp6", "::1")},
			Bootstrap: []string{first.Addrs()[0].String(), first.Addrs()[1].String()},
		})
	}
	connected(t, nodes...)
	each := (memory() - before) / count
	t.Logf("%d KiB a node", each>>10)
	if each > 150<<10 {
		t.Errorf("a node takes %d KiB", each>>10)
	}
}

// memory is what the process holds of the system for what lives and for stacks, without what the
// garbage collector has free.
func memory() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
