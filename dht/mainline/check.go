// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

import (
	"errors"

	"github.com/anacrolix/dht/v2/krpc"
	"github.com/anacrolix/torrent/bencode"
)

const (
	// maxDatagram is the longest datagram let through; answers with many peers have about 1000 bytes.
	maxDatagram = 1500

	// maxTID is the longest transaction id, which is repeated in every answer; clients use two to four
	// bytes.
	maxTID = 32
)

// verdict says what a datagram is.
type verdict int

const (
	unwanted verdict = iota
	request
	answer
)

// check says whether a datagram may be handed to the library: it is to be decodable, and a request must
// be one of BEP 5 with arguments. Two causes of crashes end here: requests of which the library takes
// the missing arguments, and addresses of less than two bytes, at which its decoder panics. Requests of
// other names end here too, for it counts each name it hears, for ever. The message comes with the
// verdict unless it is unwanted.
func check(b []byte) (verdict, krpc.Msg) {
	if len(b) == 0 || len(b) > maxDatagram || b[0] != 'd' || !wellFormed(b) {
		return unwanted, krpc.Msg{}
	}
	m, ok := decode(b)
	if !ok || len(m.T) > maxTID {
		return unwanted, krpc.Msg{}
	}
	switch m.Y {
	case krpc.YResponse:
		if m.R == nil {
			return unwanted, krpc.Msg{}
		}
		return answer, m
	case krpc.YError:
		return answer, m
	case krpc.YQuery:
		if served(&m) {
			return request, m
		}
	}
	return unwanted, krpc.Msg{}
}

// served reports whether we answer a request.
func served(m *krpc.Msg) bool {
	if m.A == nil {
		return false
	}
	switch m.Q {
	case "ping", "find_node", "get_peers", "announce_peer":
		return true
	}
	return false
}

// decode reads a message with the decoder the library uses, and survives its panics.
func decode(b []byte) (m krpc.Msg, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	err := bencode.Unmarshal(b, &m)
	if trailing := (bencode.ErrUnusedTrailingBytes{}); err != nil && !errors.As(err, &trailing) {
		return m, false
	}
	return m, true
}
