// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

// Direction is who sends.
type Direction uint8

// The directions of RFC 8866 section 6.7, as bits: 1 we send, 2 we receive.
const (
	Inactive Direction = 0
	SendOnly Direction = 1
	RecvOnly Direction = 2
	SendRecv Direction = 3
)

var directionNames = [4]string{"inactive", "sendonly", "recvonly", "sendrecv"}

func (d Direction) String() string { return directionNames[d&3] }

// Reverse is the direction as the other side sees it.
func (d Direction) Reverse() Direction { return d&1<<1 | d&2>>1 }

// Sends reports whether our side may send.
func (d Direction) Sends() bool { return d&SendOnly != 0 }

// Receives reports whether our side may receive.
func (d Direction) Receives() bool { return d&RecvOnly != 0 }

// direction reads the direction of a media, written in it or for the whole session; sendrecv when nowhere. An all-zero
// address is the hold of RFC 2543: nothing is to be sent there. With ICE or a path of the link the address means nothing.
func (s *Session) direction(m *Media) Direction {
	d := SendRecv
	for _, as := range []Attributes{s.Attributes, m.Attributes} {
		for _, a := range as {
			for i, name := range directionNames {
				if a.Name == name {
					d = Direction(i)
				}
			}
		}
	}
	c := s.connection(m)
	if c.Host == "0.0.0.0" && !s.hasICE(m) && !m.Attributes.Has(pathAttribute) {
		d &^= RecvOnly
	}
	return d
}

// connection returns the address that counts for a media.
func (s *Session) connection(m *Media) Connection {
	switch {
	case m.Connection != nil:
		return *m.Connection
	case s.Connection != nil:
		return *s.Connection
	}
	return Connection{}
}
