// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package netns

import "testing"

// Counters returns what an interface of the namespace has received and sent since it was made: whole
// Ethernet frames.
func (ns *Namespace) Counters(t testing.TB, name string) (in, out Traffic) {
	t.Helper()
	l, err := ns.handle.LinkByName(name)
	if err != nil {
		t.Fatalf("find the interface %s: %v", name, err)
	}
	s := l.Attrs().Statistics
	if s == nil {
		t.Fatalf("the interface %s does not count", name)
	}
	return Traffic{int64(s.RxPackets), int64(s.RxBytes)}, Traffic{int64(s.TxPackets), int64(s.TxBytes)}
}
