// SPDX-License-Identifier: GPL-3.0-or-later

package table_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"bellwire/dht/table"
	"bellwire/dht/wire"

	"pgregory.net/rapid"
)

var now = time.Unix(1_700_000_000, 0)

func node(id ...byte) *table.Node {
	n := &table.Node{Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 1}), 4222)}
	copy(n.ID[:], id)
	return n
}

func good(id ...byte) *table.Node {
	n := node(id...)
	n.Replied(now)
	return n
}

func TestNodeStates(t *testing.T) {
	n := node(1)
	if n.Good(now) {
		t.Error("a node that never answered is good")
	}
	n.Replied(now)
	for _, c := range []struct {
		after, heard time.Duration
		want         bool
	}{
		{9 * time.Minute, 0, true},
		{10 * time.Minute, 0, false},
		{119 * time.Minute, 115 * time.Minute, true},
		{120 * time.Minute, 119 * time.Minute, false},
	} {
		n.Replied(now)
		n.Heard(now.Add(c.heard))
		if got := n.Good(now.Add(c.after)); got != c.want {
			t.Errorf("answered %v ago, heard %v ago: good is %v", c.after, c.after-c.heard, got)
		}
	}
	n.Replied(now)
	n.Expire()
	if n.Good(now) || !n.Expired() {
		t.Error("an expired node is good")
	}
	n.Heard(now)
	if !n.Expired() {
		t.Error("a request revives an expired node")
	}
	n.Replied(now)
	if !n.Good(now) {
		t.Error("an answer does not revive it")
	}
}

func TestToken(t *testing.T) {
	n := node(1)
	if n.Writable(now) {
		t.Error("writable without a token")
	}
	n.SetToken([]byte("token"), now)
	if !n.Writable(now.Add(10*time.Minute-1)) || n.Writable(now.Add(10*time.Minute)) {
		t.Error("a token is used for other than ten minutes")
	}
}

func TestTransactionIDs(t *testing.T) {
	n := node(1)
	start := func() uint32 { return 0xfffffffe }
	if a, b := n.NextTID(start), n.NextTID(start); a != 0xffffffff || b != 1 {
		t.Errorf("ids %d and %d", a, b)
	}
}

func TestOnlyOwnBucketIsSplit(t *testing.T) {
	table := table.New(wire.Hash{})
	for i := range byte(20) {
		table.Insert(good(0x80|i), 2, now) // far: first bit differs
	}
	for i := range byte(8) {
		table.Insert(good(i+1), 2, now) // near
	}
	if table.Depth() < 2 || len(table.Bucket(0).Nodes) != 8 {
		t.Errorf("depth %d, the far bucket has %d nodes", table.Depth(), len(table.Bucket(0).Nodes))
	}
	if g, _ := table.Count(now); g != 16 {
		t.Errorf("%d good nodes", g)
	}
}

func TestFullBucket(t *testing.T) {
	tab := table.New(wire.Hash{})
	var far []*table.Node
	for i := range byte(8) {
		far = append(far, good(0x80|i))
		tab.Insert(far[i], table.Answered, now)
	}
	tab.Insert(good(1), table.Answered, now) // splits
	far[3].Doubt()
	late := node(0xff)
	kept, ask := tab.Insert(late, table.Spoke, now)
	if kept || ask != far[3] {
		t.Errorf("kept: %v, asks %v", kept, ask)
	}
	far[3].Expire()
	if ping := tab.Purge(now); len(ping) != 1 || ping[0] != late {
		t.Errorf("after the purge %v are pinged", ping)
	}
	if kept, _ := tab.Insert(late, table.Answered, now); !kept {
		t.Error("there is no room although a node was dropped")
	}
}

func TestExpiredNodeIsReplaced(t *testing.T) {
	tab := table.New(wire.Hash{})
	old := good(0x80)
	tab.Insert(old, table.Answered, now)
	for i := range byte(7) {
		tab.Insert(good(0x81+i), table.Answered, now)
	}
	old.Expire()
	if kept, _ := tab.Insert(good(0x90), table.Answered, now); !kept || tab.Depth() != 1 {
		t.Errorf("kept: %v, depth %d", kept, tab.Depth())
	}
}

// In far buckets a node that answers much faster takes the place of the slowest.
func TestPromptNodesAreKept(t *testing.T) {
	tab := table.New(wire.Hash{})
	for i := range byte(8) {
		n := good(0x80 | i)
		n.RTT.Add(time.Duration(i+1) * 50 * time.Millisecond)
		tab.Insert(n, table.Answered, now)
	}
	tab.Insert(good(1), table.Answered, now)
	slow, fast := good(0xf0), good(0xf1)
	slow.RTT.Add(390 * time.Millisecond)
	fast.RTT.Add(30 * time.Millisecond)
	if kept, _ := tab.Insert(slow, table.Answered, now); kept {
		t.Error("a node hardly faster drove another out")
	}
	if kept, _ := tab.Insert(fast, table.Answered, now); !kept {
		t.Error("a much faster node was turned away")
	}
}

func TestWhoIsNotKept(t *testing.T) {
	tab := table.New(wire.Hash{7})
	client, dead := good(1), good(2)
	client.Client = true
	dead.Expire()
	for name, n := range map[string]*table.Node{"ourselves": node(7), "a client": client, "an expired node": dead} {
		if kept, _ := tab.Insert(n, table.Answered, now); kept {
			t.Errorf("%s is kept", name)
		}
	}
}

func TestRandomIDsLieInTheirBucket(t *testing.T) {
	self := wire.Hash{0xa5, 0x5a}
	tab := table.New(self)
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := good()
		for i := range n.ID {
			n.ID[i] = byte(r.Uint32())
		}
		tab.Insert(n, table.Answered, now)
	}
	for i := range tab.Depth() {
		for range 20 {
			if got := min(self.CommonBits(tab.RandomID(i, r)), tab.Depth()-1); got != i {
				t.Fatalf("an id for bucket %d lies in bucket %d", i, got)
			}
		}
	}
}

// Closest agrees with sorting everything.
func TestClosest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Custom(func(t *rapid.T) (h wire.Hash) {
			copy(h[:2], rapid.SliceOfN(rapid.Byte(), 2, 2).Draw(t, "id"))
			return h
		})
		tab := table.New(id.Draw(t, "self"))
		seen := map[wire.Hash]bool{}
		for _, h := range rapid.SliceOfN(id, 0, 200).Draw(t, "nodes") {
			if !seen[h] {
				tab.Insert(good(h[0], h[1]), table.Answered, now)
				seen[h] = true
			}
		}
		target := id.Draw(t, "target")
		want := slices.SortedFunc(tab.All(), func(a, b *table.Node) int { return target.CompareDistance(a.ID, b.ID) })
		got := tab.Good(nil, target, 8, now)
		if !slices.Equal(got, want[:min(8, len(want))]) {
			t.Fatalf("closest are %v, not %v", got, want)
		}
	})
}
