// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package dhtnode

import (
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/lab/wait"
)

const key = "aabb0000000000000000000000000000000000cc"

func TestTwoRealNodesShareValues(t *testing.T) {
	leak.Check(t)
	network := 1_000_000 + uint32(os.Getpid())
	a := Start(t, Config{Network: network, Identity: true})
	b := Start(t, Config{Network: network, Identity: true, Bootstrap: a.Addr})
	wait.For(t, 20*time.Second, "the two nodes to know each other", func() bool {
		good, err := b.GoodNodes()
		return err == nil && good == 1
	})

	listener, err := a.Listen(key)
	if err != nil {
		t.Fatal(err)
	}
	if took, err := b.PutSigned(key, "signed"); err != nil || took <= 0 {
		t.Fatalf("put signed: %v, %v", took, err)
	}
	if _, err := listener.Await(10*time.Second, func(v Value, expired bool) bool {
		return v.Text == "signed" && v.Signed && !expired
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(key, "plain"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.PutEncrypted(key, a.KeyID, "secret"); err != nil {
		t.Fatal(err)
	}
	found, err := a.Get(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []Value{{Text: "plain"}, {Text: "signed", Signed: true}, {Text: "secret", Signed: true, Decrypted: true}} {
		if !slices.ContainsFunc(found.Values, func(v Value) bool { want.ID = v.ID; return v == want }) {
			t.Errorf("no value like %+v among %+v", want, found.Values)
		}
	}
	if found.First <= 0 || found.Complete < found.First {
		t.Errorf("first value after %v, complete after %v", found.First, found.Complete)
	}
	keys, err := b.Stored()
	if err != nil || !slices.Contains(keys, key) {
		t.Errorf("the node stores %v, %v", keys, err)
	}
}

func TestParseTable(t *testing.T) {
	got := parseTable([]string{
		"IPv4 routing table:",
		"0000000000000000000000000000000000000000 count: 2 updated: 220 ms ago",
		"    Node c358c2c496286d97ec25d4056a209a336e00e5f8 127.0.0.1:42000 updated: 220 ms ago [good]",
		"    Node 1bc53bb266c774312a4bc0977bda8b73b66bf42a 127.0.0.1:41001 updated: 3.1 s ago [expired]",
		"    Node 2bc53bb266c774312a4bc0977bda8b73b66bf42a [::1]:41001 updated: now",
	})
	want := []Entry{
		{ID: "c358c2c496286d97ec25d4056a209a336e00e5f8", Addr: netip.MustParseAddrPort("127.0.0.1:42000"), Good: true},
		{ID: "1bc53bb266c774312a4bc0977bda8b73b66bf42a", Addr: netip.MustParseAddrPort("127.0.0.1:41001"), Dead: true},
		{ID: "2bc53bb266c774312a4bc0977bda8b73b66bf42a", Addr: netip.MustParseAddrPort("[::1]:41001")},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"Put: success, took 1.27 ms. Value ID: 391e983e283ceb0": 1270 * time.Microsecond,
		"Put signed: success (took 13.3 mss)":                   13300 * time.Microsecond,
		"Get: found 2 value(s) after 137 us (total 2)":          137 * time.Microsecond,
		"Get: completed, took 2.5 s (total 2)":                  2500 * time.Millisecond,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
}
