// SPDX-License-Identifier: GPL-3.0-or-later

package web

import "bellwire/phone"

// Info describes the running engine.
type Info struct {
	Version    string    `json:"version"`
	Accounts   []Account `json:"accounts"`
	Network    Network   `json:"network"`
	Goroutines int       `json:"goroutines"` // grows where something is not ended
}

// Account is a line in service.
type Account struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
}

// Network is the state of the DHT node.
type Network struct {
	Connected bool     `json:"connected"`
	Nodes     int      `json:"nodes"`     // good nodes known, both families
	Addresses []string `json:"addresses"` // of our sockets
}

// Place asks for a call.
type Place struct {
	Account string        `json:"account,omitempty"` // empty: the first one
	Target  string        `json:"target"`
	Options phone.Options `json:"options"`
	// Attached has the answer stay open, and the call ends with the connection: a client that dies
	// leaves nobody in a call that no one hears.
	Attached bool `json:"attached,omitempty"`
}

// Keys are to be pressed in a call.
type Keys struct {
	Keys string `json:"keys"`
}

// Decline says why an incoming call is refused.
type Decline struct {
	Busy bool `json:"busy"` // busy instead of declined
}

// Text is to be sent.
type Text struct {
	Account string `json:"account,omitempty"`
	Target  string `json:"target"`
	Text    string `json:"text"`
}

// Kept is a text that is in the store; the events "text" with its id tell what becomes of it.
type Kept struct {
	Message string `json:"message"`
}

// AddContact asks somebody to become a contact.
type AddContact struct {
	Account string `json:"account,omitempty"`
	Target  string `json:"target"`
	Name    string `json:"name,omitempty"` // what we call them; empty leaves it to them
}

// ChangeContact says whose contact is changed.
type ChangeContact struct {
	Account string `json:"account,omitempty"`
}

// failure is the body of an error.
type failure struct {
	Error  string `json:"error"`
	Reason string `json:"reason,omitempty"` // of a call or text that failed
}
