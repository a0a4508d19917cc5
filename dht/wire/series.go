// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"net/netip"
	"slices"
	"time"

	"bellwire/internal/queue"
)

const (
	// seriesCost, valueCost and partCost are what a series, each of its values and each piece are
	// charged beside their bytes. A value being appended to may hold twice its bytes for a while.
	seriesCost = 512
	valueCost  = 64
	partCost   = 64

	// maxAhead bounds the pieces of one value behind a gap. The real programs cut a value of the largest
	// size into 52.
	maxAhead = 256
)

// series is one message being put together.
type series struct {
	key      seriesKey
	site     netip.Addr
	started  time.Time
	deadline time.Time
	place    queue.Place
	bytes    int // charged

	header  *Message // nil until it came; then Sizes says what is expected, 0 for what is not wanted
	values  []assembly
	missing int    // values not complete
	early   []Part // pieces that came before the header
}

// assembly is one packed value being put together.
type assembly struct {
	head  []byte // its beginning, without gaps
	ahead []Part // what lies behind a gap, by offset
}

func (s *series) progress(now time.Time) {
	s.deadline = now.Add(stallLimit)
	if end := s.started.Add(seriesLimit); end.Before(s.deadline) {
		s.deadline = end
	}
}

// begin takes the header and returns the pieces that were waiting for it.
func (s *series) begin(m *Message) (early []Part) {
	s.header = m.clone()
	s.values = make([]assembly, len(s.header.Sizes))
	for i, size := range s.header.Sizes {
		if size == 0 || size > MaxPackedValue {
			s.header.Sizes[i] = 0
			continue
		}
		s.missing++
	}
	early, s.early = s.early, nil
	return early
}

// clone returns a copy that shares no memory with m.
func (m *Message) clone() *Message {
	c := new(Message)
	if err := c.Unmarshal(m.Append(nil)); err != nil {
		return &Message{Kind: m.Kind, TID: m.TID, ID: m.ID}
	}
	return c
}

func (s *series) headerCost() int { return seriesCost + valueCost*len(s.values) }

// wants reports whether the piece is one that is missing.
func (s *series) wants(p Part) bool {
	if s.header == nil {
		return len(p.Data) > 0 && len(s.early) < maxAhead && uint64(p.Offset)+uint64(len(p.Data)) <= MaxPackedValue
	}
	if uint64(p.Index) >= uint64(len(s.values)) || len(p.Data) == 0 {
		return false
	}
	v := &s.values[p.Index]
	if uint64(p.Offset)+uint64(len(p.Data)) > uint64(s.header.Sizes[p.Index]) || int(p.Offset) < len(v.head) {
		return false
	}
	_, held := v.search(p.Offset)
	return !held && (len(v.ahead) < maxAhead || int(p.Offset) == len(v.head))
}

func (v *assembly) search(offset uint32) (int, bool) {
	return slices.BinarySearchFunc(v.ahead, offset, func(p Part, offset uint32) int {
		return int(int64(p.Offset) - int64(offset))
	})
}

// add keeps a piece that wants allowed. The piece is the series' own memory.
func (s *series) add(p Part) {
	if s.header == nil {
		s.early = append(s.early, p)
		return
	}
	if !s.wants(p) {
		return
	}
	v := &s.values[p.Index]
	i, _ := v.search(p.Offset)
	v.ahead = slices.Insert(v.ahead, i, p)
	v.closeGaps()
	if len(v.head) == int(s.header.Sizes[p.Index]) {
		v.ahead = nil
		s.missing--
	}
}

// closeGaps moves pieces that follow the beginning to it and drops those that overlap it.
func (v *assembly) closeGaps() {
	n := 0
	for _, p := range v.ahead {
		if int(p.Offset) > len(v.head) {
			break
		}
		if int(p.Offset) == len(v.head) {
			v.head = append(v.head, p.Data...)
		}
		n++
	}
	v.ahead = slices.Delete(v.ahead, 0, n)
}

// complete returns the message when nothing is missing.
func (s *series) complete() *Message {
	if s.header == nil || s.missing > 0 {
		return nil
	}
	m := s.header
	for i, size := range m.Sizes {
		if size > 0 {
			m.Values = append(m.Values, s.values[i].head)
		}
	}
	m.Sizes = nil
	return m
}
