// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"sync/atomic"

	"bellwire/media/path"
	"bellwire/media/srtp"
)

// JoinEnd is one side of a join: a path and the protection of its packets.
type JoinEnd struct {
	Path   path.Path
	Opener *srtp.Opener // of what arrives from this side
	Sealer *srtp.Sealer // of what leaves to this side
	// PlainRTCP leaves RTCP on this side unprotected although RTP is, as Jami does.
	PlainRTCP bool
	// Types translates the payload types that arrive from this side to those of the other; nil
	// leaves them as they are. The marker bit is no part of it.
	Types *[128]uint8
}

// Joined counts the packets of one direction of a join.
type Joined struct {
	Forwarded uint64
	Refused   uint64 // not authentic, replayed, malformed, or the other path failed
}

// Join is two paths whose packets go from one to the other without being decoded.
type Join struct {
	ends       [2]JoinEnd
	directions [2]direction
}

// direction is from one end to the other. Each protocol has a buffer of its own, because its
// packets may be handed over by a goroutine of their own.
type direction struct {
	rtp, rtcp          []byte
	forwarded, refused atomic.Uint64
}

// NewJoin begins to forward between a and b: packets are opened, and sealed for the other side, with
// their SSRC, sequence numbers and timestamps as they are, so that RTCP reports stay true. It
// replaces the handlers of both paths and must be the only user of the openers and sealers.
func NewJoin(a, b JoinEnd) *Join {
	j := &Join{ends: [2]JoinEnd{a, b}}
	for i := range j.directions {
		d := &j.directions[i]
		d.rtp, d.rtcp = make([]byte, 0, path.MTU+srtp.Overhead), make([]byte, 0, path.MTU+srtp.Overhead)
		from, to := &j.ends[i], &j.ends[1-i]
		from.Path.Receive(
			func(p []byte) { d.count(d.forwardRTP(from, to, p)) },
			func(p []byte) { d.count(d.forwardRTCP(from, to, p)) },
		)
	}
	return j
}

// Stats returns the counts from a to b and from b to a.
func (j *Join) Stats() (ab, ba Joined) { return j.directions[0].stats(), j.directions[1].stats() }

// Close stops forwarding. The paths stay open.
func (j *Join) Close() {
	for i := range j.ends {
		j.ends[i].Path.Receive(nil, nil)
	}
}

func (d *direction) stats() Joined {
	return Joined{Forwarded: d.forwarded.Load(), Refused: d.refused.Load()}
}

func (d *direction) count(err error) {
	if err != nil {
		d.refused.Add(1)
	} else {
		d.forwarded.Add(1)
	}
}

func (d *direction) forwardRTP(from, to *JoinEnd, p []byte) error {
	if len(p) > path.MTU {
		return srtp.ErrMalformed
	}
	plain, err := from.Opener.OpenRTP(d.rtp[:0], p)
	if err != nil {
		return err
	}
	if from.Types != nil && len(plain) > 1 {
		plain[1] = plain[1]&0x80 | from.Types[plain[1]&0x7f]&0x7f
	}
	sealed, err := to.Sealer.SealRTP(plain[:0], plain)
	if err != nil {
		return err
	}
	return to.Path.WriteRTP(sealed)
}

func (d *direction) forwardRTCP(from, to *JoinEnd, p []byte) error {
	if len(p) > path.MTU {
		return srtp.ErrMalformed
	}
	var err error
	plain := append(d.rtcp[:0], p...)
	if !from.PlainRTCP {
		if plain, err = from.Opener.OpenRTCP(d.rtcp[:0], p); err != nil {
			return err
		}
	}
	if !to.PlainRTCP {
		if plain, err = to.Sealer.SealRTCP(plain[:0], plain); err != nil {
			return err
		}
	}
	return to.Path.WriteRTCP(plain)
}
