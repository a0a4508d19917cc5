// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import "strings"

// Session is a session description.
type Session struct {
	Origin     Origin
	Name       string      // s=
	Connection *Connection // c= for all media that have none of their own; may be nil
	Lines      []Line      // the other session lines (i u e p b t r z k), in order
	Attributes Attributes
	Media      []Media
}

// Origin is the o= line. ID and Version must fit in 64 bits.
type Origin struct {
	User    string
	ID      uint64
	Version uint64
	Address Connection
}

// Connection is a network address as c= and o= write it. Host may carry a TTL or count ("224.2.1.1/127").
type Connection struct {
	Net  string // "IN"
	Type string // "IP4" or "IP6"
	Host string
}

// Line is a line kept as it came.
type Line struct {
	Type  byte
	Value string
}

// Media is one m= section.
type Media struct {
	Kind       string // "audio", "video", "application", …
	Port       int    // 0: rejected or switched off
	Ports      int    // number of ports, 0 or 1 meaning one
	Proto      string // "RTP/SAVP"
	Formats    []string
	Connection *Connection // the first c= of the section; may be nil
	Lines      []Line      // i b k, in order
	Attributes Attributes
}

// Attribute is an a= line: NAME or NAME:VALUE.
type Attribute struct{ Name, Value string }

// Attributes keeps a= lines in order.
type Attributes []Attribute

// Get returns the value of the first attribute of that name; false when there is none.
func (as Attributes) Get(name string) (value string, ok bool) {
	for _, a := range as {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// Has reports whether there is an attribute of that name.
func (as Attributes) Has(name string) bool {
	_, ok := as.Get(name)
	return ok
}

// All returns the values of all attributes of that name in order.
func (as Attributes) All(name string) []string {
	var values []string
	for _, a := range as {
		if a.Name == name {
			values = append(values, a.Value)
		}
	}
	return values
}

// valueFor returns the value of an attribute NAME:KEY VALUE, such as rtpmap.
func (as Attributes) valueFor(name, key string) string {
	for _, a := range as {
		if a.Name != name {
			continue
		}
		if k, v, _ := strings.Cut(a.Value, " "); k == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func (as *Attributes) add(name, value string) { *as = append(*as, Attribute{name, value}) }
