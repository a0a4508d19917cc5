// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import (
	"encoding/binary"

	"bellwire/media/rtp"
)

// Opener takes the protection off the packets of one direction. OpenRTP and OpenRTCP share no
// state: each is used by one goroutine at a time, which may be two different ones.
type Opener struct {
	plain                   bool
	rtp, rtcp               transform
	rtpSources, rtcpSources sources
	spare                   []byte // a packet that may have to be opened more than once
}

// NewOpener returns an opener with fresh state. Plain needs no key and passes packets as they are.
func NewOpener(s Suite, k Key) (*Opener, error) {
	if s == Plain {
		return &Opener{plain: true}, nil
	}
	if err := k.check(s); err != nil {
		return nil, err
	}
	return &Opener{rtp: newTransform(s, k, rtpPackets), rtcp: newTransform(s, k, rtcpPackets)}, nil
}

// Continue takes the rollover counters over from the opener with the former key, before the first
// packet is opened. Peers that start from zero with a new key are understood as well. No packet
// may be opened by either meanwhile.
func (o *Opener) Continue(former *Opener) { o.rtpSources = former.rtpSources.continued(false) }

// OpenRTP appends the RTP packet inside the protected p to dst and returns the result. dst may be
// p[:0] to work in place; then p is lost when an error is returned. It does not allocate when dst
// has room for len(p), but for the first packet of a source.
func (o *Opener) OpenRTP(dst, p []byte) ([]byte, error) {
	if o.plain {
		return append(dst, p...), nil
	}
	header, err := rtp.HeaderLen(p)
	if err != nil || len(p) < header+o.rtp.overhead() {
		return dst, ErrMalformed
	}
	ssrc, seq := rtp.SSRC(p), rtp.Sequence(p)
	src := o.rtpSources.find(ssrc)
	if src == nil || !src.proved {
		return o.openFirst(dst, p, header, src)
	}
	index, ok := src.index(seq)
	if !ok || !src.seen.fresh(index) {
		return dst, ErrReplayed
	}
	out, ok := o.rtp.open(dst, p, header, ssrc, index)
	if !ok {
		return dst, ErrNotAuthentic
	}
	src.advance(index)
	src.seen.mark(index)
	return out, nil
}

// openFirst opens the first packet of a source under this key, whose rollover counter is not
// certain: it is the former key's where there was one, zero where the peer began anew, and one
// where the sequence wrapped before anything of it arrived.
func (o *Opener) openFirst(dst, p []byte, header int, src *source) ([]byte, error) {
	ssrc, seq := rtp.SSRC(p), rtp.Sequence(p)
	guesses := [...]uint64{uint64(seq), uint64(seq), 1<<16 | uint64(seq)}
	if src != nil {
		if expected, ok := src.index(seq); ok {
			guesses[0] = expected
		}
	}
	o.spare = append(o.spare[:0], p...) // a failed attempt may wipe dst, which may be p
	for i, index := range guesses {
		if i > 0 && index == guesses[0] || i == 2 && seq >= 1<<15 {
			continue
		}
		out, ok := o.rtp.open(dst, o.spare, header, ssrc, index)
		if !ok {
			continue
		}
		if src == nil {
			if src = o.rtpSources.add(ssrc); src == nil {
				return dst, ErrSources
			}
		}
		src.advance(index)
		src.seen.mark(index)
		return out, nil
	}
	return dst, ErrNotAuthentic
}

// OpenRTCP appends the compound RTCP packet inside the protected p to dst, as OpenRTP does.
func (o *Opener) OpenRTCP(dst, p []byte) ([]byte, error) {
	if o.plain {
		return append(dst, p...), nil
	}
	if len(p) < rtcpHeader+o.rtcp.overhead() {
		return dst, ErrMalformed
	}
	ssrc := binary.BigEndian.Uint32(p[4:])
	index := uint64(binary.BigEndian.Uint32(p[o.rtcpIndexAt(len(p)):]) &^ encryptedFlag)
	src := o.rtcpSources.find(ssrc)
	if src != nil && !src.seen.fresh(index) {
		return dst, ErrReplayed
	}
	out, ok := o.rtcp.open(dst, p, rtcpHeader, ssrc, index)
	if !ok {
		return dst, ErrNotAuthentic
	}
	if src == nil {
		if src = o.rtcpSources.add(ssrc); src == nil {
			return dst, ErrSources
		}
	}
	src.seen.mark(index)
	return out, nil
}

// rtcpIndexAt returns where the index word of an SRTCP packet of n bytes is: before the tag of
// HMAC-SHA1, behind that of GCM.
func (o *Opener) rtcpIndexAt(n int) int {
	if c, ok := o.rtcp.(*cm); ok {
		return n - c.tag - indexSize
	}
	return n - indexSize
}
