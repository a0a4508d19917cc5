// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import (
	"encoding/binary"
	"errors"
	"fmt"

	"bellwire/media/rtp"
)

// Errors of both directions. They are values, so that a flood of bad packets allocates nothing.
var (
	ErrMalformed    = errors.New("malformed SRTP packet")
	ErrNotAuthentic = errors.New("SRTP packet is not authentic")
	ErrReplayed     = errors.New("SRTP packet was seen before or is too old")
	ErrSources      = errors.New("too many SRTP sources under one key")
	ErrUsedUp       = errors.New("the SRTP key is used up, a new one is needed")
)

// Overhead is the most bytes that protection adds to a packet.
const Overhead = tagGCM + indexSize

// rtcpHeader is the part of an RTCP packet that stays readable: its first header and SSRC.
const rtcpHeader = 8

// Sealer protects the packets of one direction. SealRTP and SealRTCP share no state: each is used
// by one goroutine at a time, which may be two different ones.
type Sealer struct {
	plain      bool
	rtp, rtcp  transform
	rtpSources sources
	rtcpIndex  uint64 // the next one
}

// NewSealer returns a sealer with fresh state. Plain needs no key and passes packets as they are.
func NewSealer(s Suite, k Key) (*Sealer, error) {
	if s == Plain {
		return &Sealer{plain: true}, nil
	}
	if err := k.check(s); err != nil {
		return nil, err
	}
	return &Sealer{rtp: newTransform(s, k, rtpPackets), rtcp: newTransform(s, k, rtcpPackets)}, nil
}

// Continue takes the rollover counters (RFC 3711 3.3.1) and the SRTCP index (3.4) over from the sealer
// with the former key, before the first packet is sealed. No packet may be sealed by either meanwhile.
func (s *Sealer) Continue(former *Sealer) {
	s.rtpSources, s.rtcpIndex = former.rtpSources.continued(true), former.rtcpIndex
}

// SealRTP appends the protected form of the RTP packet p to dst and returns the result. dst may be
// p[:0] to work in place. It does not allocate when dst has room for len(p)+Overhead. The packet
// numbers must not repeat under one key: that is the caller's to keep.
func (s *Sealer) SealRTP(dst, p []byte) ([]byte, error) {
	if s.plain {
		return append(dst, p...), nil
	}
	header, err := rtp.HeaderLen(p)
	if err != nil {
		return dst, ErrMalformed
	}
	ssrc := rtp.SSRC(p)
	src := s.rtpSources.find(ssrc)
	if src == nil {
		if src = s.rtpSources.add(ssrc); src == nil {
			return dst, ErrSources
		}
	}
	index, ok := src.index(rtp.Sequence(p))
	if !ok {
		return dst, ErrUsedUp
	}
	src.advance(index)
	return s.rtp.seal(dst, p, header, ssrc, index), nil
}

// SealRTCP appends the protected form of the compound RTCP packet p to dst, as SealRTP does.
func (s *Sealer) SealRTCP(dst, p []byte) ([]byte, error) {
	if s.plain {
		return append(dst, p...), nil
	}
	if len(p) < rtcpHeader {
		return dst, ErrMalformed
	}
	if s.rtcpIndex > maxRTCPIndex {
		return dst, ErrUsedUp
	}
	dst = s.rtcp.seal(dst, p, rtcpHeader, binary.BigEndian.Uint32(p[4:]), s.rtcpIndex)
	s.rtcpIndex++
	return dst, nil
}

func (k Key) check(s Suite) error {
	if want := s.saltLen(); want == 0 || k.salt != want {
		return fmt.Errorf("SRTP suite %s: the key is missing or of another suite", s)
	}
	return nil
}
