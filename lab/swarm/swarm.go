// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package swarm runs a DHT of real dhtnode processes and nodes of ours side by side on one machine,
// and gives both the same face, so that a test can let any do anything and compare.
package swarm

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/internal/testid"
	"bellwire/lab/dhtnode"
	"bellwire/lab/netns"
	"bellwire/lab/wait"
)

// Value is what either kind of node tells about a value.
type Value = dhtnode.Value

// Found is the outcome of a get, with the times as the node itself measured them.
type Found = dhtnode.Found

// Member is a node of either kind.
type Member interface {
	Real() bool // a dhtnode
	ID() string // node id
	Addr() netip.AddrPort
	KeyID() string // of the identity that values are encrypted for; "" without one
	CanSign() bool

	// The puts return how long the node says the operation took, to its confirmation.
	Put(key wire.Hash, text string) (time.Duration, error)
	PutSigned(key wire.Hash, text string) (time.Duration, error)
	PutEncrypted(key wire.Hash, keyID, text string) (time.Duration, error)
	Get(key wire.Hash) (Found, error)
	Listen(key wire.Hash) (Watch, error)

	Good() ([]string, error) // ids of the good nodes in its tables
	Kill()                   // at once, without a word to the others
}

// Watch is a listener at a member.
type Watch interface {
	// Await returns when the member was told of a value with this text.
	Await(limit time.Duration, text string) (time.Time, error)
}

// Config says what to start.
type Config struct {
	In              *netns.Namespace // nil is the test's own
	IPv6            bool             // talk over the IPv6 loopback instead of the IPv4 one
	Real, Ours      int
	RealIDs, OurIDs int // how many of each have an identity to decrypt with; ours at most 4
	Limit           time.Duration
}

// Swarm is a running network of its own.
type Swarm struct {
	Network uint32
	Real    []*Real
	Ours    []*Ours
}

// Start runs the nodes until the test ends, and returns when they agree on where values
// belong.
func Start(t testing.TB, cfg Config) *Swarm {
	t.Helper()
	s := &Swarm{Network: 1 + rand.Uint32N(1<<31)}
	var first netip.AddrPort
	for i := range cfg.Real {
		node := dhtnode.Start(t, dhtnode.Config{
			In: cfg.In, Network: s.Network, Bootstrap: first, Identity: i < cfg.RealIDs,
		})
		r := &Real{node: node, addr: netip.AddrPortFrom(loopback(cfg.IPv6), node.Addr.Port())}
		s.Real = append(s.Real, r)
		if i == 0 {
			first = r.addr
		}
	}
	for i := range cfg.Ours {
		o := startOurs(t, cfg, s.Network, first, ourIdentity(t, i, cfg.OurIDs))
		s.Ours = append(s.Ours, o)
		if !first.IsValid() {
			first = o.Addr()
		}
	}
	if cfg.Limit > 0 {
		s.settle(t, cfg)
	}
	return s
}

func loopback(v6 bool) netip.Addr {
	if v6 {
		return netip.IPv6Loopback()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// ourIdentity gives the first few nodes the devices of the test accounts, and all others a key to
// sign with.
func ourIdentity(t testing.TB, i, devices int) keys {
	names := []string{"alice", "bob", "carol", "alice2"}
	if i < min(devices, len(names)) {
		d := testid.Device(t, names[i])
		return keys{key: d.Key, chain: d.Chain}
	}
	return keys{key: testid.Key2048(t, i%testid.Keys2048)}
}

// keys are what one of our nodes signs and decrypts with; the chain is published if there is one.
type keys struct {
	key   *identity.PrivateKey
	chain identity.Chain
}

// readers is how many other members look for a member's canary.
const readers = 3

// settle puts a value through each member and looks for it through some others, again and again with
// new keys, until all are found twice in a row.
func (s *Swarm) settle(t testing.TB, cfg Config) {
	t.Helper()
	missing, clean := 0, 0
	settled := wait.Until(cfg.Limit, func() bool {
		missing = s.canaries()
		if missing > 0 {
			clean = 0
			return false
		}
		clean++
		return clean == 2
	})
	if !settled {
		t.Fatalf("the swarm has not settled after %v: %d of %d values were not found in the last round", cfg.Limit, missing, readers*len(s.Members()))
	}
}

// canaries makes one round and returns how many gets did not find their value.
func (s *Swarm) canaries() (missing int) {
	members := s.Members()
	keys := make([]wire.Hash, len(members))
	for i, m := range members {
		keys[i] = wire.KeyOf(fmt.Appendf(nil, "canary %d", rand.Uint64()))
		if _, err := m.Put(keys[i], "canary"); err != nil {
			missing += readers
			continue
		}
		for range readers {
			found, err := members[rand.IntN(len(members))].Get(keys[i])
			if err != nil || !slices.ContainsFunc(found.Values, hasText("canary")) {
				missing++
			}
		}
	}
	return missing
}

func hasText(text string) func(Value) bool {
	return func(v Value) bool { return v.Text == text }
}

// Members returns all nodes, real ones and ours alternating.
func (s *Swarm) Members() []Member {
	var all []Member
	for i := range max(len(s.Real), len(s.Ours)) {
		if i < len(s.Real) {
			all = append(all, s.Real[i])
		}
		if i < len(s.Ours) {
			all = append(all, s.Ours[i])
		}
	}
	return all
}
