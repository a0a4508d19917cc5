// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"fmt"

	"github.com/tinylib/msgp/msgp"
)

// Channels with a meaning of their own.
const (
	controlChannel  = 0
	protocolChannel = 65535
)

const (
	// maxPayload is the longest payload of a frame in bytes.
	maxPayload = 65535
	// maxHeader is the longest header this end writes: one byte for the array, three for the channel
	// and three for the length.
	maxHeader = 7
	// recordSize is the most that one TLS record carries (RFC 8446, section 5.1).
	recordSize = 16384
	// chunk is the longest payload this end writes: with its header it fits into one record.
	chunk = recordSize - maxHeader
	// maxElements bounds the array around a frame; what follows the payload is skipped.
	maxElements = 8
)

// appendFrame appends a whole frame. Without payload it closes the channel.
func appendFrame(b []byte, channel uint16, payload []byte) []byte {
	b = msgp.AppendArrayHeader(b, 2)
	b = msgp.AppendUint64(b, uint64(channel))
	return msgp.AppendBytes(b, payload)
}

// header is what precedes a payload.
type header struct {
	channel uint16
	size    int // of the payload in bytes
	extra   int // objects behind the payload
}

// readHeader reads up to the payload. Every form MessagePack has for these types is taken, and str for
// bin.
func readHeader(r *msgp.Reader) (header, error) {
	elements, err := r.ReadArrayHeader()
	if err != nil {
		return header{}, err
	}
	if elements < 2 || elements > maxElements {
		return header{}, fmt.Errorf("%w: a frame of %d elements", ErrProtocol, elements)
	}
	channel, err := r.ReadUint16()
	if err != nil {
		return header{}, err
	}
	kind, err := r.NextType()
	if err != nil {
		return header{}, err
	}
	readSize := r.ReadBytesHeader
	if kind == msgp.StrType {
		readSize = r.ReadStringHeader
	}
	size, err := readSize()
	if err != nil {
		return header{}, err
	}
	if size > maxPayload {
		return header{}, fmt.Errorf("%w: a payload of %d bytes", ErrProtocol, size)
	}
	return header{channel: channel, size: int(size), extra: int(elements) - 2}, nil
}
