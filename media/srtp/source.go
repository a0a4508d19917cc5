// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

// maxSources bounds the synchronisation sources of one direction. Only authentic packets make
// one, so only the peer itself can use them up; a call has one, rarely two or three.
const maxSources = 64

// source is the state of one synchronisation source: its place in the sequence and what was seen.
type source struct {
	ssrc    uint32
	started bool   // high and roc are known, be it from the key before this one
	proved  bool   // a packet was authentic under this key, so roc is certain
	roc     uint32 // rollover counter: how often the sequence number wrapped
	high    uint16 // highest sequence number
	seen    window // receiving only
}

// index estimates the packet index of a sequence number: the rollover counter that brings it
// nearest to the highest one so far (RFC 3711 3.3.1). It is false where that would be before the
// stream began or after its last possible packet.
func (s *source) index(seq uint16) (index uint64, ok bool) {
	roc := s.roc
	if !s.started {
		return uint64(seq), true
	}
	switch ahead := int(seq) - int(s.high); {
	case s.high < 1<<15 && ahead > 1<<15:
		if roc == 0 {
			return 0, false
		}
		roc--
	case s.high >= 1<<15 && -ahead > 1<<15:
		if roc == 1<<32-1 {
			return 0, false
		}
		roc++
	}
	return uint64(roc)<<16 | uint64(seq), true
}

// advance moves the source to the index of an authentic packet, if that is ahead. The first one
// under a key settles the rollover counter, whatever was thought before.
func (s *source) advance(index uint64) {
	if !s.proved || index > uint64(s.roc)<<16|uint64(s.high) {
		s.started, s.proved, s.roc, s.high = true, true, uint32(index>>16), uint16(index)
	}
}

// sources holds the sources of one direction and one protocol, few enough to be searched in order.
type sources struct {
	list []*source
	last *source // the one used last: nearly always the one asked for
}

// find returns the source, or nil when it is not known.
func (s *sources) find(ssrc uint32) *source {
	if s.last != nil && s.last.ssrc == ssrc {
		return s.last
	}
	for _, src := range s.list {
		if src.ssrc == ssrc {
			s.last = src
			return src
		}
	}
	return nil
}

// add returns a new source, or nil when there are too many.
func (s *sources) add(ssrc uint32) *source {
	if len(s.list) >= maxSources {
		return nil
	}
	s.last = &source{ssrc: ssrc}
	s.list = append(s.list, s.last)
	return s.last
}

// continued returns the sources as they begin under a new key: the rollover counter is kept
// (RFC 3711 3.3.1), what was seen is not, since an old packet is no longer authentic. A sender is
// certain of its counter, a receiver only after the first packet.
func (s *sources) continued(certain bool) sources {
	var out sources
	for _, src := range s.list {
		out.list = append(out.list, &source{ssrc: src.ssrc, started: src.started, proved: certain, roc: src.roc, high: src.high})
	}
	return out
}
