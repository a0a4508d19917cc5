// SPDX-License-Identifier: GPL-3.0-or-later

package join

import (
	"encoding/json"
	"fmt"
	"net/netip"

	"bellwire/dht/wire"
)

// maxSaved bounds the nodes taken from a saved state, which may come from a file anybody edited.
const maxSaved = 512

// State is what a node keeps between runs: its id, by which neighbours recognise it, and nodes that
// answered.
type State struct {
	ID    wire.Hash
	Nodes []wire.NodeInfo
}

type savedState struct {
	ID    string      `json:"id"`
	Nodes []savedNode `json:"nodes"`
}

type savedNode struct {
	ID   string         `json:"id"`
	Addr netip.AddrPort `json:"addr"`
}

// Marshal writes a state as JSON.
func (s State) Marshal() ([]byte, error) {
	out := savedState{ID: s.ID.String()}
	for _, n := range s.Nodes {
		out.Nodes = append(out.Nodes, savedNode{n.ID.String(), n.Addr})
	}
	return json.Marshal(out)
}

// ParseState reads what Marshal wrote. Nodes that cannot be read are left out.
func ParseState(text []byte) (s State, err error) {
	var in savedState
	if err := json.Unmarshal(text, &in); err != nil {
		return s, fmt.Errorf("the saved state of the DHT node: %w", err)
	}
	if s.ID, err = wire.ParseHash(in.ID); err != nil {
		return s, fmt.Errorf("the saved id of the DHT node: %w", err)
	}
	for _, n := range in.Nodes[:min(len(in.Nodes), maxSaved)] {
		if id, err := wire.ParseHash(n.ID); err == nil && n.Addr.IsValid() {
			s.Nodes = append(s.Nodes, wire.NodeInfo{ID: id, Addr: n.Addr})
		}
	}
	return s, nil
}
