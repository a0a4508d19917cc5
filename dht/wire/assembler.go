// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"net/netip"
	"time"

	"bellwire/internal/queue"
)

const (
	// stallLimit and seriesLimit end a series: without progress, and in any case.
	stallLimit  = 3 * time.Second
	seriesLimit = 10 * time.Second

	defaultSeries = 4096
	defaultBytes  = 16 << 20

	// siteShare is the part of each limit that one address may use, earlyShare the part that series
	// without a header may take.
	siteShare  = 4
	earlyShare = 4
)

// AssemblerLimits bounds what unfinished messages may take. Zero fields mean the defaults.
type AssemblerLimits struct {
	// Series is the number of unfinished messages (4096), of which one Site may have a quarter.
	Series int
	// Bytes is the memory they may take together (16 MiB), of which one Site may have a quarter.
	Bytes int
}

// Assembler puts messages together whose values came in pieces. Series are told apart by source address
// and transaction id; pieces may come in any order and before their header. When it is full, the series
// nearest its end makes room. It has no clock: every method is told the time. It is not safe for
// concurrent use.
type Assembler struct {
	limits AssemblerLimits
	series map[seriesKey]*series
	ends   *queue.Queue[*series] // by deadline
	sites  map[netip.Addr]usage
	total  usage
	early  usage // of series without a header
}

type seriesKey struct {
	from netip.AddrPort
	tid  uint32
}

// usage is what series take.
type usage struct{ series, bytes int }

// NewAssembler returns an empty Assembler.
func NewAssembler(limits AssemblerLimits) *Assembler {
	if limits.Series <= 0 {
		limits.Series = defaultSeries
	}
	if limits.Bytes <= 0 {
		limits.Bytes = defaultBytes
	}
	return &Assembler{
		limits: limits,
		series: make(map[seriesKey]*series),
		sites:  make(map[netip.Addr]usage),
		ends: queue.New(
			func(a, b *series) bool { return a.deadline.Before(b.deadline) },
			func(s *series) *queue.Place { return &s.place }),
	}
}

// Header begins a series with a message that has Sizes. It is to be called only for messages that are
// welcome: requests with a right token, replies that are waited for. It returns the completed message,
// which shares no memory with m, or nil while pieces are missing. The header of a series that is
// already being collected is ignored.
func (a *Assembler) Header(now time.Time, from netip.AddrPort, m *Message) *Message {
	s := a.find(now, from, m.TID)
	if s == nil || s.header != nil {
		return nil
	}
	early := s.begin(m)
	a.early.series--
	a.early.bytes -= s.bytes
	if !a.charge(s, s.headerCost()) {
		a.drop(s)
		return nil
	}
	for _, p := range early {
		s.add(p)
	}
	return a.finish(now, s)
}

// Parts takes a message of kind ValueData and returns the message it completes, or nil.
func (a *Assembler) Parts(now time.Time, from netip.AddrPort, m *Message) *Message {
	s := a.series[seriesKey{from, m.TID}]
	if s == nil && a.early.series >= max(1, a.limits.Series/earlyShare) {
		return nil
	}
	if s = a.find(now, from, m.TID); s == nil {
		return nil
	}
	progress := false
	for _, p := range m.Parts {
		if !s.wants(p) {
			continue
		}
		if !a.makeRoom(s, partCost+len(p.Data)) {
			break
		}
		p.Data = append([]byte(nil), p.Data...)
		s.add(p)
		progress = true
	}
	switch {
	case progress:
		return a.finish(now, s)
	case s.header == nil && len(s.early) == 0:
		a.drop(s)
	}
	return nil
}

// Expects reports whether the header of a series came, so that its pieces are welcome.
func (a *Assembler) Expects(from netip.AddrPort, tid uint32) bool {
	s := a.series[seriesKey{from, tid}]
	return s != nil && s.header != nil
}

// Forget drops the series, for a request that was given up.
func (a *Assembler) Forget(from netip.AddrPort, tid uint32) {
	if s := a.series[seriesKey{from, tid}]; s != nil {
		a.drop(s)
	}
}

// Tick drops series that made no progress for 3 s or are older than 10 s, and returns when it wants to
// be called next; the zero time when nothing is being collected.
func (a *Assembler) Tick(now time.Time) time.Time {
	for {
		s, ok := a.ends.Min()
		if !ok {
			return time.Time{}
		}
		if now.Before(s.deadline) {
			return s.deadline
		}
		a.drop(s)
	}
}

// find returns the series, a new one if there was none, or nil when there is no room for one.
func (a *Assembler) find(now time.Time, from netip.AddrPort, tid uint32) *series {
	key := seriesKey{from, tid}
	if s := a.series[key]; s != nil && now.Before(s.deadline) {
		return s
	} else if s != nil {
		a.drop(s)
	}
	site := Site(from.Addr())
	if a.sites[site].series >= max(1, a.limits.Series/siteShare) {
		return nil
	}
	if a.total.series >= a.limits.Series {
		oldest, _ := a.ends.Min()
		a.drop(oldest)
	}
	s := &series{key: key, site: site, started: now}
	a.count(s, usage{series: 1})
	a.early.series++
	a.series[key] = s
	s.progress(now)
	a.ends.Update(s)
	return s
}

// finish returns the message of a series that is complete, else nil.
func (a *Assembler) finish(now time.Time, s *series) *Message {
	if m := s.complete(); m != nil {
		a.drop(s)
		return m
	}
	s.progress(now)
	a.ends.Update(s)
	return nil
}

// makeRoom charges n bytes for a piece. Those that came before their header have a share of their own,
// so that strays cannot drive out what is wanted.
func (a *Assembler) makeRoom(s *series, n int) bool {
	if s.header != nil {
		return a.charge(s, n)
	}
	if a.early.bytes+n > a.limits.Bytes/earlyShare || !a.charge(s, n) {
		return false
	}
	a.early.bytes += n
	return true
}

// charge books n bytes on the series, dropping others where they do not fit.
func (a *Assembler) charge(s *series, n int) bool {
	if a.sites[s.site].bytes+n > a.limits.Bytes/siteShare {
		return false
	}
	for a.total.bytes+n > a.limits.Bytes {
		victim := a.nearestEnd(s)
		if victim == nil {
			return false
		}
		a.drop(victim)
	}
	s.bytes += n
	a.count(s, usage{bytes: n})
	return true
}

// nearestEnd returns the series other than s that ends first. It takes s out for a moment to see it.
func (a *Assembler) nearestEnd(s *series) *series {
	a.ends.Remove(s)
	victim, _ := a.ends.Min()
	a.ends.Update(s)
	return victim
}

func (a *Assembler) drop(s *series) {
	delete(a.series, s.key)
	a.ends.Remove(s)
	if s.header == nil {
		a.early.series--
		a.early.bytes -= s.bytes
	}
	a.count(s, usage{series: -1, bytes: -s.bytes})
}

func (a *Assembler) count(s *series, n usage) {
	a.total.series += n.series
	a.total.bytes += n.bytes
	u := a.sites[s.site]
	u.series += n.series
	u.bytes += n.bytes
	if u == (usage{}) {
		delete(a.sites, s.site)
	} else {
		a.sites[s.site] = u
	}
}
