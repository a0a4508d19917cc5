// SPDX-License-Identifier: GPL-3.0-or-later

package rtp

import "encoding/binary"

// ParseReport reads a compound packet for what concerns us: the last sender report in it, the
// block about the source ours, and whether the sender says goodbye. Other packets and blocks are
// skipped. It allocates nothing, and CNAME stays empty.
func ParseReport(p []byte, ours uint32) (Report, error) {
	if len(p) == 0 {
		return Report{}, ErrMalformedRTCP
	}
	var r Report
	for len(p) > 0 {
		if len(p) < rtcpHeaderSize || p[0]>>6 != version {
			return Report{}, ErrMalformedRTCP
		}
		n := 4 * (int(binary.BigEndian.Uint16(p[2:])) + 1)
		if n > len(p) {
			return Report{}, ErrMalformedRTCP
		}
		if err := r.parseOne(p[:n], ours); err != nil {
			return Report{}, err
		}
		p = p[n:]
	}
	return r, nil
}

// parseOne reads one packet of the compound.
func (r *Report) parseOne(p []byte, ours uint32) error {
	count, kind, body := int(p[0]&0x1f), p[1], p[rtcpHeaderSize:]
	switch kind {
	case typeSR, typeRR:
		if len(body) < 4 {
			return ErrMalformedRTCP
		}
		r.SSRC = binary.BigEndian.Uint32(body)
		body = body[4:]
		if kind == typeSR {
			if len(body) < senderInfoSize {
				return ErrMalformedRTCP
			}
			r.HasSender = true
			r.Sender = SenderInfo{
				NTP:       binary.BigEndian.Uint64(body),
				Timestamp: binary.BigEndian.Uint32(body[8:]),
				Packets:   binary.BigEndian.Uint32(body[12:]),
				Octets:    binary.BigEndian.Uint32(body[16:]),
			}
			body = body[senderInfoSize:]
		}
		return r.parseBlocks(body, count, ours)
	case typeBye:
		if len(body) < 4*count {
			return ErrMalformedRTCP
		}
		r.Bye = r.Bye || count > 0
	}
	return nil
}

func (r *Report) parseBlocks(body []byte, count int, ours uint32) error {
	if len(body) < count*blockSize {
		return ErrMalformedRTCP
	}
	for ; count > 0; count-- {
		if b := parseBlock(body); b.SSRC == ours {
			r.HasBlock, r.Block = true, b
		}
		body = body[blockSize:]
	}
	return nil
}

func parseBlock(p []byte) Block {
	loss := binary.BigEndian.Uint32(p[4:])
	return Block{
		SSRC:     binary.BigEndian.Uint32(p),
		Fraction: uint8(loss >> 24),
		Lost:     int32(loss<<8) >> 8,
		Highest:  binary.BigEndian.Uint32(p[8:]),
		Jitter:   binary.BigEndian.Uint32(p[12:]),
		LastSR:   binary.BigEndian.Uint32(p[16:]),
		Delay:    binary.BigEndian.Uint32(p[20:]),
	}
}
