// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

// Session is a session description.
type Session struct {
	Origin     Origin
	Name       string      // s=
	Connection *Connection // c= for all media that have none of their own; may be nil
	Lines      []Line      // the other session lines (i u e p b t r z k), in order
	Attributes Attributes
	Media      []Media
}

// Origin is the o= line. ID and Version stay text-safe up to 64 bits.
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
	Connection *Connection
	Lines      []Line // i b k, in order
	Attributes Attributes
}

// Attribute is an a= line: NAME or NAME:VALUE.
type Attribute struct{ Name, Value string }

// Attributes keeps a= lines in order.
type Attributes []Attribute

// Parse reads a description. Lines may end in CRLF or LF. It refuses what exceeds the limits (64 KiB, 16 media, 1024
// attributes) or is not SDP, saying which line.
func Parse(b []byte) (*Session, error) { return nil, errSyntax }

// Append writes the description after b, lines ending in CRLF.
func (s *Session) Append(b []byte) []byte { return b }
