// SPDX-License-Identifier: GPL-3.0-or-later

package rtp

import (
	"encoding/binary"
	"errors"
)

// Packet types of RTCP (RFC 3550 12.1).
const (
	typeSR   = 200
	typeRR   = 201
	typeSDES = 202
	typeBye  = 203
)

const (
	rtcpHeaderSize = 4
	senderInfoSize = 20
	blockSize      = 24
	cnameItem      = 1
	maxItem        = 255 // bytes of a source description item
)

// ErrMalformedRTCP says that bytes are not a compound RTCP packet.
var ErrMalformedRTCP = errors.New("malformed RTCP packet")

// SenderInfo is what a sender report says of the stream itself (RFC 3550 6.4.1).
type SenderInfo struct {
	NTP       uint64 // when the report was sent
	Timestamp uint32 // the same moment on the clock of the stream
	Packets   uint32
	Octets    uint32 // of payload
}

// Block is a report of one receiver about one sender (RFC 3550 6.4.1).
type Block struct {
	SSRC     uint32 // of the sender
	Fraction uint8  // lost since the report before, of 256
	Lost     int32  // 24 bits, since the beginning
	Highest  uint32 // extended highest sequence number
	Jitter   uint32 // in clock units
	LastSR   uint32 // middle of the NTP timestamp of the last sender report; 0 for none
	Delay    uint32 // since it came, in 1/65536 s
}

// Report is one compound packet.
type Report struct {
	SSRC      uint32 // of who sends it
	HasSender bool
	Sender    SenderInfo
	HasBlock  bool
	Block     Block
	CNAME     string // written only
	Bye       bool
}

// Append adds the compound packet to dst: a sender or receiver report, the canonical name and, at
// the end of a stream, goodbye. Names beyond 255 bytes are cut.
func (r *Report) Append(dst []byte) []byte {
	start := len(dst)
	kind := byte(typeRR)
	if r.HasSender {
		kind = typeSR
	}
	dst = append(dst, version<<6, kind, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, r.SSRC)
	if r.HasSender {
		dst = binary.BigEndian.AppendUint64(dst, r.Sender.NTP)
		dst = binary.BigEndian.AppendUint32(dst, r.Sender.Timestamp)
		dst = binary.BigEndian.AppendUint32(dst, r.Sender.Packets)
		dst = binary.BigEndian.AppendUint32(dst, r.Sender.Octets)
	}
	if r.HasBlock {
		dst[start] |= 1
		dst = r.Block.append(dst)
	}
	setLength(dst[start:])
	dst = r.appendName(dst)
	if r.Bye {
		dst = append(dst, version<<6|1, typeBye, 0, 1)
		dst = binary.BigEndian.AppendUint32(dst, r.SSRC)
	}
	return dst
}

func (b *Block) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, b.SSRC)
	dst = binary.BigEndian.AppendUint32(dst, uint32(b.Fraction)<<24|uint32(b.Lost)&(1<<24-1))
	dst = binary.BigEndian.AppendUint32(dst, b.Highest)
	dst = binary.BigEndian.AppendUint32(dst, b.Jitter)
	dst = binary.BigEndian.AppendUint32(dst, b.LastSR)
	return binary.BigEndian.AppendUint32(dst, b.Delay)
}

// appendName adds the source description with the canonical name (RFC 3550 6.5).
func (r *Report) appendName(dst []byte) []byte {
	start := len(dst)
	name := r.CNAME[:min(len(r.CNAME), maxItem)]
	dst = append(dst, version<<6|1, typeSDES, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, r.SSRC)
	dst = append(dst, cnameItem, byte(len(name)))
	dst = append(dst, name...)
	dst = append(dst, 0) // ends the items, then up to the next word
	for (len(dst)-start)%4 != 0 {
		dst = append(dst, 0)
	}
	setLength(dst[start:])
	return dst
}

// setLength writes the length of an RTCP packet: its words less one.
func setLength(p []byte) { binary.BigEndian.PutUint16(p[2:], uint16(len(p)/4-1)) }
