// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package swarm

import (
	"net/netip"
	"time"

	"bellwire/dht/wire"
	"bellwire/lab/dhtnode"
)

// Real is a dhtnode as a member.
type Real struct {
	node *dhtnode.Node
	addr netip.AddrPort
}

// Real says that it is one.
func (r *Real) Real() bool { return true }

// ID is the node id.
func (r *Real) ID() string { return r.node.ID }

// Addr is where the others reach it.
func (r *Real) Addr() netip.AddrPort { return r.addr }

// KeyID is the id of its identity's key.
func (r *Real) KeyID() string { return r.node.KeyID }

// CanSign tells whether it has an identity.
func (r *Real) CanSign() bool { return r.node.KeyID != "" }

// Put stores one word.
func (r *Real) Put(key wire.Hash, text string) (time.Duration, error) {
	return r.node.Put(key.String(), text)
}

// PutSigned stores one word with its signature.
func (r *Real) PutSigned(key wire.Hash, text string) (time.Duration, error) {
	return r.node.PutSigned(key.String(), text)
}

// PutEncrypted stores one word for the owner of a key.
func (r *Real) PutEncrypted(key wire.Hash, keyID, text string) (time.Duration, error) {
	return r.node.PutEncrypted(key.String(), keyID, text)
}

// Get looks a key up.
func (r *Real) Get(key wire.Hash) (Found, error) { return r.node.Get(key.String()) }

// Listen watches a key; give the node no other command afterwards.
func (r *Real) Listen(key wire.Hash) (Watch, error) {
	l, err := r.node.Listen(key.String())
	return realWatch{l}, err
}

type realWatch struct{ listener *dhtnode.Listener }

func (w realWatch) Await(limit time.Duration, text string) (time.Time, error) {
	return w.listener.Await(limit, func(v Value, expired bool) bool { return v.Text == text && !expired })
}

// Table is its routing table.
func (r *Real) Table() ([]dhtnode.Entry, error) { return r.node.Table() }

// Good lists the good nodes it knows.
func (r *Real) Good() ([]string, error) {
	entries, err := r.node.Table()
	var ids []string
	for _, e := range entries {
		if e.Good {
			ids = append(ids, e.ID)
		}
	}
	return ids, err
}

// Kill ends the process.
func (r *Real) Kill() { r.node.Kill() }
