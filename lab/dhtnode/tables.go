// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package dhtnode

import (
	"net/netip"
	"regexp"
)

// Entry is a node in the routing table of another.
type Entry struct {
	ID   string
	Addr netip.AddrPort
	Good bool // it answered lately
	Dead bool // it no longer answers
}

var entryLine = regexp.MustCompile(`^    Node ([0-9a-f]{40}) (\S+) .*?(\[good\]|\[expired\])?$`)

// Table returns the routing tables of both families.
func (n *Node) Table() ([]Entry, error) {
	out, err := n.query("lr")
	if err != nil {
		return nil, err
	}
	return parseTable(out), nil
}

func parseTable(out []string) []Entry {
	var entries []Entry
	for _, line := range out {
		m := entryLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		addr, err := netip.ParseAddrPort(m[2])
		if err != nil {
			continue
		}
		entries = append(entries, Entry{ID: m[1], Addr: addr, Good: m[3] == "[good]", Dead: m[3] == "[expired]"})
	}
	return entries
}

// GoodNodes counts the nodes in the routing tables that are good.
func (n *Node) GoodNodes() (int, error) {
	entries, err := n.Table()
	good := 0
	for _, e := range entries {
		if e.Good {
			good++
		}
	}
	return good, err
}

// Stored returns the keys of the values that the node stores.
func (n *Node) Stored() ([]string, error) {
	out, err := n.query("ld")
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, line := range out {
		if m := storageLine.FindStringSubmatch(line); m != nil && m[2] != "0" {
			keys = append(keys, m[1])
		}
	}
	return keys, nil
}

var storageLine = regexp.MustCompile(`^Storage ([0-9a-f]{40}) .* (\d+) values`)
