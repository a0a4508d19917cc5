// SPDX-License-Identifier: GPL-3.0-or-later

package rtp

import (
	"encoding/binary"
	"errors"
)

// HeaderSize is the length in bytes of an RTP header without contributing sources and extension,
// the only kind we send.
const HeaderSize = 12

// ErrMalformed says that bytes are not an RTP packet.
var ErrMalformed = errors.New("malformed RTP packet")

const (
	version      = 2
	paddingBit   = 0x20
	extensionBit = 0x10
	markerBit    = 0x80
)

// Header is the part of an RTP header that receivers use (RFC 3550 5.1).
type Header struct {
	Marker      bool
	PayloadType uint8
	Sequence    uint16
	Timestamp   uint32
	SSRC        uint32
}

// Append adds the 12 bytes of the header to dst.
func (h Header) Append(dst []byte) []byte {
	second := h.PayloadType & 0x7f
	if h.Marker {
		second |= markerBit
	}
	dst = append(dst, version<<6, second)
	dst = binary.BigEndian.AppendUint16(dst, h.Sequence)
	dst = binary.BigEndian.AppendUint32(dst, h.Timestamp)
	return binary.BigEndian.AppendUint32(dst, h.SSRC)
}

// Parse reads a packet. The payload is a part of p, without padding.
func Parse(p []byte) (h Header, payload []byte, err error) {
	n, err := HeaderLen(p)
	if err != nil {
		return Header{}, nil, err
	}
	payload = p[n:]
	if p[0]&paddingBit != 0 {
		if len(payload) == 0 {
			return Header{}, nil, ErrMalformed
		}
		pad := int(payload[len(payload)-1])
		if pad == 0 || pad > len(payload) {
			return Header{}, nil, ErrMalformed
		}
		payload = payload[:len(payload)-pad]
	}
	return Header{
		Marker:      p[1]&markerBit != 0,
		PayloadType: p[1] & 0x7f,
		Sequence:    Sequence(p),
		Timestamp:   binary.BigEndian.Uint32(p[4:]),
		SSRC:        SSRC(p),
	}, payload, nil
}

// HeaderLen returns the length of the header of p with its contributing sources and its
// extension, and checks that all of it is there. Padding is not looked at: in SRTP it is
// encrypted.
func HeaderLen(p []byte) (int, error) {
	if len(p) < HeaderSize || p[0]>>6 != version {
		return 0, ErrMalformed
	}
	n := HeaderSize + 4*int(p[0]&0x0f)
	if p[0]&extensionBit != 0 {
		if len(p) < n+4 {
			return 0, ErrMalformed
		}
		n += 4 + 4*int(binary.BigEndian.Uint16(p[n+2:]))
	}
	if len(p) < n {
		return 0, ErrMalformed
	}
	return n, nil
}

// Sequence returns the sequence number of a packet of at least HeaderSize bytes.
func Sequence(p []byte) uint16 { return binary.BigEndian.Uint16(p[2:]) }

// SSRC returns the synchronisation source of a packet of at least HeaderSize bytes.
func SSRC(p []byte) uint32 { return binary.BigEndian.Uint32(p[8:]) }

// IsRTCP tells RTCP from RTP on a shared flow by the second byte (RFC 5761 4): packet types 192
// to 223 are RTCP. It is false for packets too short to be either.
func IsRTCP(p []byte) bool { return len(p) >= 8 && p[1] >= 192 && p[1] <= 223 }
